/* exit.c: in front of _exit in programs with AddressSanitizer. The service's children end by
 * it, and the search for leaks, which is made at exit, would not hear of them. */
#include <sanitizer/lsan_interface.h>

#include <stdnoreturn.h>

enum { LEAKED = 23 };

noreturn void __real__exit(int);
noreturn void __wrap__exit(int);

void __wrap__exit(int status)
{
    __real__exit(__lsan_do_recoverable_leak_check() ? LEAKED : status);
}
