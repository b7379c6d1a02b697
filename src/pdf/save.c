/* save.c: the file as bytes, written in the order in which objects come.
 *
 * Streams stand plain in the file; every other object goes into the object stream that is being
 * filled, which is compressed and written when it is full. So what is kept of an object is its
 * place: 8 bytes. At the end comes the cross-reference stream; its rows differ little from one
 * to the next, and the predictor makes nearly nothing of them.
 * The classic form (PDF 1.4) writes every object plain and a table at the end.
 *
 * Numbers: those of libharu count from 1, the saver's own from `first`; those between are
 * free, which costs nothing. */
#include "pdf/pdf-internal.h"

#include <string.h>

enum {
    STREAM_OBJECTS = 400,
    PAGES_MANY = 100,
    SCRATCH_MOST = 256 << 20,
    ROW = 7, /* bytes of a cross-reference: type 1, place 4, index 2 */
};

static size_t offset(const struct saver *saver)
{
    return saver->out->n - saver->start;
}

void saver_open(struct saver *saver, struct arena *arena, struct pdf_tools *tools,
                const struct pdf_info *info, unsigned first, struct buf *out)
{
    *saver = (struct saver){.arena = arena,
                            .tools = tools,
                            .out = out,
                            .start = out->n,
                            .classic = info->profile == PDF_A1B,
                            .fast = info->pages == 1 || info->pages > PAGES_MANY,
                            .next = first};
    buf_init(&saver->head, SCRATCH_MOST);
    buf_init(&saver->body, SCRATCH_MOST);
    buf_init(&saver->packed, SCRATCH_MOST);
    /* Four bytes above 127 tell transfer programs that the file is binary. */
    buf_printf(out, "%%PDF-1.%c\n%%\xE5\x8D\x95\xE8\xAF\x81\n", saver->classic ? '4' : '7');
}

void saver_close(struct saver *saver)
{
    buf_release(&saver->head);
    buf_release(&saver->body);
    buf_release(&saver->packed);
}

static void put_place(struct saver *saver, unsigned number, struct place place)
{
    if (number > NUMBERS_MOST || number == 0) {
        saver->failed = true;
        return;
    }
    if (number >= saver->room) {
        size_t room = saver->room ? saver->room : 512;
        struct place *grown;

        while (room <= number)
            room *= 2;
        grown = NEW_ARRAY(saver->arena, room, struct place);
        if (saver->count > 0)
            memcpy(grown, saver->places, saver->count * sizeof *grown);
        saver->places = grown;
        saver->room = room;
    }
    saver->places[number] = place;
    if (number >= saver->count)
        saver->count = number + 1;
}

static void put_plain_place(struct saver *saver, unsigned number)
{
    put_place(saver, number, (struct place){.at = (uint32_t)offset(saver), .type = 1});
}

void saver_stream(struct saver *saver, unsigned number, struct str keys, struct str bytes)
{
    put_plain_place(saver, number);
    buf_printf(saver->out, "%u 0 obj\n<<", number);
    buf_str(saver->out, keys);
    buf_printf(saver->out, "/Length %zu>>\nstream\n", bytes.n);
    buf_str(saver->out, bytes);
    buf_text(saver->out, "\nendstream\nendobj\n");
}

void saver_packed(struct saver *saver, unsigned number, struct str keys, struct str bytes,
                  enum pack pack)
{
    if (pack == PACK_TEXT && saver->fast)
        pack = PACK_FAST;
    buf_clear(&saver->packed);
    if (!tools_pack(saver->tools, bytes, pack, &saver->packed)) {
        saver->failed = true;
        return;
    }
    saver_stream(saver, number,
                 str_printf(saver->arena, "%.*s/Filter/FlateDecode", STR_ARG(keys)),
                 buf_view(&saver->packed));
}

/* ---- object streams */

void saver_flush(struct saver *saver, enum pack pack)
{
    struct str keys;

    if (saver->held == 0)
        return;
    keys = str_printf(saver->arena, "/Type/ObjStm/N %u/First %zu", saver->held, saver->head.n);
    buf_str(&saver->head, buf_view(&saver->body));
    saver->failed = saver->failed || saver->head.failed || saver->body.failed;
    saver_packed(saver, saver->stream, keys, buf_view(&saver->head), pack);
    buf_clear(&saver->head);
    buf_clear(&saver->body);
    saver->held = 0;
}

size_t saver_plain(struct saver *saver, unsigned number, struct str whole)
{
    size_t at;

    put_plain_place(saver, number);
    buf_printf(saver->out, "%u 0 obj\n", number);
    at = offset(saver);
    buf_str(saver->out, whole);
    buf_text(saver->out, "\nendobj\n");
    return at;
}

void saver_object(struct saver *saver, unsigned number, struct str whole)
{
    if (saver->classic) {
        saver_plain(saver, number, whole);
        return;
    }
    if (saver->held == 0)
        saver->stream = saver->next++;
    put_place(saver, number,
              (struct place){.at = saver->stream, .index = (uint16_t)saver->held, .type = 2});
    put_integer(&saver->head, number);
    buf_byte(&saver->head, ' ');
    put_integer(&saver->head, (int64_t)saver->body.n);
    buf_byte(&saver->head, ' ');
    buf_str(&saver->body, whole);
    buf_byte(&saver->body, '\n');
    if (++saver->held == STREAM_OBJECTS)
        saver_flush(saver, PACK_TEXT);
}

/* ---- cross-references */

static void put_row(char row[ROW], const struct place *place, bool first)
{
    bool nobody = place->type == 0 && !first;
    uint16_t index = place->type == 0 ? UINT16_MAX : place->index;

    /* A number that was never used is free for ever: it points to the first of the free. */
    row[0] = (char)place->type;
    for (int i = 0; i < 4; i++)
        row[1 + i] = (char)(nobody ? 0 : place->at >> (24 - 8 * i) & 255);
    row[5] = (char)(index >> 8);
    row[6] = (char)(index & 255);
}

static void write_stream(struct saver *saver, struct str trailer)
{
    unsigned number = saver->next++;
    char rows[2][ROW] = {{0}};
    struct buf *table = &saver->body;

    put_plain_place(saver, number);
    for (size_t i = 0; i < saver->count; i++) {
        char *row = rows[i & 1];
        const char *above = rows[~i & 1];

        put_row(row, &saver->places[i], i == 0);
        buf_byte(table, 2); /* the predictor: each byte less the one above it */
        for (size_t k = 0; k < ROW; k++)
            buf_byte(table, (char)(row[k] - above[k]));
    }
    saver->failed = saver->failed || table->failed;
    saver_packed(
        saver, number,
        str_printf(saver->arena,
                   "/Type/XRef/Size %zu/W[1 4 2]/DecodeParms<</Predictor 12/Columns %d>>"
                   "%.*s",
                   saver->count, (int)ROW, STR_ARG(trailer)),
        buf_view(table), PACK_TEXT);
}

static void write_table(struct saver *saver, struct str trailer)
{
    buf_printf(saver->out, "xref\n0 %zu\n0000000000 65535 f \n", saver->count);
    for (size_t i = 1; i < saver->count; i++) {
        const struct place *place = &saver->places[i];

        buf_printf(saver->out, "%010u %s \n", (unsigned)place->at,
                   place->type ? "00000 n" : "65535 f");
    }
    buf_printf(saver->out, "trailer\n<</Size %zu%.*s>>\n", saver->count, STR_ARG(trailer));
}

void saver_finish(struct saver *saver, struct str trailer)
{
    size_t at;

    saver_flush(saver, PACK_TEXT);
    at = offset(saver);
    if (saver->classic)
        write_table(saver, trailer);
    else
        write_stream(saver, trailer);
    buf_printf(saver->out, "startxref\n%zu\n%%%%EOF\n", at);
}
