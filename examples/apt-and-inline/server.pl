# Serves the page that bin/compile has written.
use strict;
use warnings;
use IO::Socket::INET;

open(my $file, '<', 'page.txt') or die "page.txt: $!";
my $page = do { local $/; <$file> };
my $server = IO::Socket::INET->new(LocalPort => $ENV{PORT} || 5000, Listen => 16, ReuseAddr => 1) or die $!;
while (my $client = $server->accept) {
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    my $length = length $page;
    print $client "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: $length\r\nConnection: close\r\n\r\n$page";
    close $client;
}
