# Answers with the hours of high water, and the Ruby that says so.
require "json"
require "socket"
require "tide_table"

server = TCPServer.new("0.0.0.0", Integer(ENV.fetch("PORT", "5000")))
loop do
  Thread.start(server.accept) do |client|
    nil until client.gets.to_s.strip.empty?
    body = JSON.generate(ruby: RUBY_VERSION, high_water: TideTable.high_water("04:10", 3))
    client.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: #{body.bytesize}\r\nConnection: close\r\n\r\n#{body}")
    client.close
  end
end
