import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Answers with what this Java has: its version, its memory, the authorities that it trusts. */
public class Hello {
  public static void main(String[] arguments) throws Exception {
    TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init((KeyStore) null);
    int certificates = ((X509TrustManager) trust.getTrustManagers()[0]).getAcceptedIssuers().length;
    long megabytes = Runtime.getRuntime().maxMemory() / 1_048_576;
    String greeting = "Hello from Java " + Runtime.version().feature() + " with " + megabytes + " MB and " + certificates + " certificates.\n";

    int port = Integer.parseInt(System.getenv().getOrDefault("PORT", "5000"));
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/", exchange -> {
      byte[] body = greeting.getBytes();
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
    System.out.println("Listening on " + port);
  }
}
