<?php

require __DIR__ . '/../vendor/autoload.php';

$server = explode('/', $_SERVER['SERVER_SOFTWARE'])[0];
$scheme = empty($_SERVER['HTTPS']) ? 'http' : 'https';
echo "Hello from PHP by $server over $scheme. High tide at ", Example\Tide::high(), ". Path $_SERVER[REQUEST_URI].\n";
