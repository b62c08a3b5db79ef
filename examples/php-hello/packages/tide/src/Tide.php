<?php

namespace Example;

final class Tide
{
    /** The time of the next high tide. */
    public static function high(): string
    {
        return '06:12';
    }
}
