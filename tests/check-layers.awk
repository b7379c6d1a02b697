# Who may include whom: the first file is src/LAYERS, the rest are sources.
#   awk -f tests/check-layers.awk src/LAYERS src/*/*.[ch]
# A line of LAYERS names only modules above it, so there are no cycles; a library's header is
# included by one module alone; NAME-internal.h stays inside its folder.

function fault(text)
{
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}

NR == FNR {
    if ($0 ~ /^[ \t]*(#|$)/)
        next
    if (split($0, part, ":") != 3) {
        fault("not 'module : modules : headers'")
        next
    }
    module = part[1]
    gsub(/[ \t]/, "", module)
    count = split(part[2], names, " ")
    for (i = 1; i <= count; i++) {
        if (!(names[i] in known))
            fault(module " names " names[i] ", which is no module above it")
        may[module, names[i]] = 1
    }
    known[module] = 1
    count = split(part[3], names, " ")
    for (i = 1; i <= count; i++) {
        if (names[i] in owner)
            fault("<" names[i] "> belongs to " owner[names[i]] " already")
        owner[names[i]] = module
    }
    next
}

FNR == 1 {
    split(FILENAME, path, "/")
    module = path[2]
    if (!(module in known))
        fault("module " module " is not in src/LAYERS")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    if (split(quoted[2], target, "/") != 2)
        fault("write #include \"module/file.h\", not \"" quoted[2] "\"")
    else if (target[1] != module && !((module, target[1]) in may))
        fault(module " may not include \"" quoted[2] "\"")
    else if (target[1] != module && quoted[2] ~ /-internal\.h$/)
        fault("\"" quoted[2] "\" is internal to " target[1])
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    header = $0
    sub(/^[^<]*</, "", header)
    sub(/>.*/, "", header)
    folder = header
    sub(/\/.*/, "/", folder)
    if (header in owner) {
        if (owner[header] != module)
            fault(module " may not include <" header ">")
    } else if (folder in owner) {
        if (owner[folder] != module)
            fault(module " may not include <" header ">")
    } else if (header !~ /^(assert|ctype|dirent|errno|fcntl|inttypes|limits|locale|grp|math|poll|pthread|pwd|search|signal|spawn|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|time|unistd)\.h$/ &&
               header !~ /^sys\/(epoll|eventfd|file|mman|prctl|resource|signalfd|socket|stat|statvfs|syscall|time|types|un|utsname|wait)\.h$/) {
        fault("<" header "> belongs to no module in src/LAYERS")
    }
}

END { exit bad }
