-- Cents to text.
return function(cents, currency)
    return string.format("%d.%02d %s", cents // 100, cents % 100, currency)
end
