# Lengths: a file at most 600 lines, a function at most 60, a line at most 96 characters.
#   LC_ALL=C awk -f tests/check-sizes.awk FILE…
# A function runs from the line that names it to the closing brace in column 0 (the formatter puts
# it there); its first line is the last one that began in column 0 before the opening brace.

function fault(line, text)
{
    printf "%s:%d: %s\n", FILENAME, line, text
    bad = 1
}

FNR == 601 { fault(FNR, "the file is longer than 600 lines") }

{
    shown = $0
    gsub(/[\200-\277]/, "", shown) # continuation bytes of UTF-8 are no characters
    if (length(shown) > 96)
        fault(FNR, "line of " length(shown) " characters, the most is 96")
}

/\t/ { fault(FNR, "a tab") }
/[ \t]$/ { fault(FNR, "blanks at the end") }

/^[A-Za-z_]/ { start = FNR }
/^[{]/ { open = start }
/^[}]/ {
    if (open && FNR - open + 1 > 60)
        fault(open, "function of " (FNR - open + 1) " lines, the most is 60")
    open = 0
}

END { exit bad }
