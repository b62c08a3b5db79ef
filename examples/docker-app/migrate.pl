print "Nothing to migrate, as $ENV{DYNO}\n";
