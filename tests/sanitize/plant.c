/* plant.c: faults that a sanitizer must report, each in a child whose output nobody reads and
 * that ends by _exit, as the service's children do.
 *
 *   plant leak | freed | overflow | race */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int shared;

static void *count(void *unused)
{
    for (int i = 0; i < 1000; i++)
        shared++;
    return unused;
}

static void race(void)
{
    pthread_t other;

    if (pthread_create(&other, NULL, count, NULL) != 0)
        return;
    count(NULL);
    pthread_join(other, NULL);
}

static void leak(void)
{
    char *volatile lost = malloc(100);

    if (lost)
        lost[0] = 1;
    lost = NULL;
}

static void freed(void)
{
    volatile char *gone = malloc(100), *volatile kept = gone;

    free((void *)(uintptr_t)gone);
    kept[1] = 1;
}

static void overflow(int most)
{
    volatile int sum = most;

    sum = sum + most;
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    int nowhere = open("/dev/null", O_RDWR);
    pid_t pid = fork();

    if (pid != 0)
        return waitpid(pid, NULL, 0) != pid;
    dup2(nowhere, STDERR_FILENO);
    if (strcmp(what, "leak") == 0)
        leak();
    else if (strcmp(what, "freed") == 0)
        freed();
    else if (strcmp(what, "overflow") == 0)
        overflow(0x40000000 * (argc / 2));
    else if (strcmp(what, "race") == 0)
        race();
    _exit(0);
}
