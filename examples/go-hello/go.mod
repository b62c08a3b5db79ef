module example.com/hello

go 1.24

require example.com/tide v1.0.0
