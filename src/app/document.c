/* document.c: printed, digested, delivered; the time is that of all three. */
#include "app/document.h"

#include "digest/digest.h"

#include <string.h>
#include <unistd.h>

enum { DUMP_MOST = 1 << 30 };

static bool deliver(const struct document *document, struct str bytes, struct err *err)
{
    if (strcmp(document->path, "-") == 0)
        return deliver_fd(STDOUT_FILENO, "standard output", bytes, err);
    return deliver_file(document->path, bytes, document->mode, err);
}

bool document_profile(const char *name, enum pdf_profile *out, struct err *err)
{
    if (!name || pdf_profile_find(str_from(name), out))
        return true;
    err_add(err, USAGE, where_none(), "没有“%s”这种 PDF/A", "no PDF/A profile '%s'", name);
    err_hint(err, "3u: PDF/A-3u with tags and the record (usual); 1b: PDF/A-1b");
    return false;
}

bool document_dpi(const char *number, int *out, struct err *err)
{
    long dpi = PRINT_DPI;

    if (number && (!str_number(str_from(number), &dpi) || dpi < PRINT_DPI_LEAST ||
                   dpi > PRINT_DPI_MOST)) {
        err_add(err, USAGE, where_none(), "“%s”不是打印机的分辨率", "'%s' is no printer's dpi",
                number);
        err_hint(err, "dots per inch, %d to %d: 300 (usual), 600, 203 for thermal paper",
                 PRINT_DPI_LEAST, PRINT_DPI_MOST);
        return false;
    }
    *out = (int)dpi;
    return true;
}

/* The bytes of a paper, made now. */
static bool print(struct service *service, struct arena *arena,
                  const struct print_request *request, struct buf *bytes, struct answer *answer,
                  struct registry_made *made, struct err *err)
{
    struct print_answer printed;

    if (!print_one(service, arena, request, &printed, bytes, err))
        return false;
    if (request->dump && request->dump->failed)
        return err_add(err, MEMORY_LIMIT, where_none(), "内存不足，文字没有完成",
                       "memory ended before the text was complete");
    answer->pages = printed.pages;
    answer->faces = printed.faces;
    *made = (struct registry_made){.pdf = buf_view(bytes),
                                   .pages = (long)printed.pages,
                                   .layout = printed.layout,
                                   .fonts = print_fonts(arena, service, printed.faces),
                                   .code = printed.seal.code};
    return true;
}

/* begin → print → seal, each on the disk before the next; or what was made before. */
static bool print_registered(struct service *service, struct arena *arena,
                             const struct document *document, struct buf *bytes,
                             struct answer *answer, int64_t *id, struct err *err)
{
    const struct print_request *request = &document->print;
    const struct registry_record record = registry_record_of(request->record);
    struct registrar *registrar = document->registrar;
    const struct output *output;
    struct registry_paper paper;
    struct registry_made made;
    struct err gone;

    if (!print_may(service, arena, request, &output, err) ||
        !registrar_begin(registrar, arena, &record, request->output,
                         print_parameters(arena, request), &paper, err) ||
        !registrar_commit(registrar, err))
        return false;
    *id = paper.id;
    if (paper.state != REGISTRY_BEGUN) {
        answer->pages = (size_t)paper.pages;
        answer->dup = paper.state == REGISTRY_DONE;
        return registrar_bytes(registrar, &paper, bytes, err);
    }
    if (print(service, arena, request, bytes, answer, &made, err)) {
        made.record = &record;
        if (registrar_seal(registrar, arena, paper.id, &made, err))
            return registrar_commit(registrar, err);
    }
    err_init(&gone, arena);
    return registrar_void(registrar, paper.id, report_code(err), &gone) &&
           registrar_commit(registrar, &gone) && false;
}

bool document_make(struct service *service, struct arena *arena,
                   const struct document *document, struct buf *bytes, struct answer *answer,
                   struct err *err)
{
    struct print_request request = document->print;
    double start = clock_ms();
    struct buf *dump = buf_new(arena, DUMP_MOST);
    struct registry_made made;
    int64_t id = 0;
    bool ok;

    buf_clear(bytes);
    request.dump = document->dump ? dump : NULL;
    *answer = (struct answer){.output = request.output, .err = err};
    if (document->registrar)
        ok = print_registered(service, arena, document, bytes, answer, &id, err);
    else
        ok = print(service, arena, &request, bytes, answer, &made, err);
    if (ok) {
        struct str whole = buf_view(document->dump ? dump : bytes);

        answer->file = str_from(document->path);
        answer->bytes = whole.n;
        answer->sha256 = sha256_hex(arena, whole);
        ok = deliver(document, whole, err);
    }
    if (ok && id)
        ok = registrar_done(document->registrar, id, err) &&
             registrar_commit(document->registrar, err);
    answer->ms = clock_ms() - start;
    buf_release(dump);
    return ok;
}
