/* progress.c: at most five times a second. */
#include "app/progress.h"

#include "app/app.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVERY_MS = 200, BAR = 20, MINUTE = 60, HOUR = 3600 };

void progress_open(struct progress *progress, bool quiet)
{
    struct stat input;

    *progress = (struct progress){.shown = !quiet && isatty(STDERR_FILENO), .from = clock_ms()};
    if (fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode))
        progress->bytes = (double)input.st_size;
}

void progress_skip(struct progress *progress, long records, double bytes)
{
    progress->skipped = records;
    progress->skipped_bytes = bytes;
    progress->from = clock_ms();
}

static void put_time(double seconds)
{
    long s = (long)(seconds + 0.5);

    if (s >= HOUR)
        fprintf(stderr, "%ld:%02ld:%02ld", s / HOUR, s / MINUTE % MINUTE, s % MINUTE);
    else
        fprintf(stderr, "%ld:%02ld", s / MINUTE, s % MINUTE);
}

static void put_bar(double part)
{
    int full = (int)(part * BAR);

    fputc('[', stderr);
    for (int i = 0; i < BAR; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3.0f %%  ", part * 100);
}

void progress_show(struct progress *progress, long records, long failed, double bytes)
{
    double now = progress->shown ? clock_ms() : 0, seconds = (now - progress->from) / 1e3;
    double fresh = bytes - progress->skipped_bytes;

    if (!progress->shown || now - progress->at < EVERY_MS)
        return;
    progress->at = now;
    fputs("\r\033[K", stderr);
    if (progress->bytes > 0)
        put_bar(bytes < progress->bytes ? bytes / progress->bytes : 1);
    fprintf(stderr, "%ld 条 records  %.0f/s", records,
            seconds > 0 ? (double)(records - progress->skipped) / seconds : 0);
    if (progress->bytes > bytes && fresh > 0) {
        fputs("  剩余 left ", stderr);
        put_time((progress->bytes - bytes) * seconds / fresh);
    }
    if (failed)
        fprintf(stderr, "  失败 failed %ld", failed);
    fflush(stderr);
}

void progress_close(struct progress *progress)
{
    if (progress->shown && progress->at > 0)
        fputs("\r\033[K", stderr);
}
