import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;

/** Writes the certificates of a PEM bundle into a store that Java reads: TrustStore BUNDLE STORE. */
class TrustStore {
  public static void main(String[] places) throws Exception {
    KeyStore store = KeyStore.getInstance("JKS");
    store.load(null, null);
    int count = 0;
    try (FileInputStream bundle = new FileInputStream(places[0])) {
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(bundle)) {
        store.setCertificateEntry("ca" + count++, each);
      }
    }
    try (FileOutputStream output = new FileOutputStream(places[1])) {
      store.store(output, "changeit".toCharArray());
    }
  }
}
