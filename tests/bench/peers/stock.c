/* stock.c: libharu as it comes, with its own fonts, text and saving: what a program would get
 * that does not do these itself. It draws the words of a paper in cells, breaks no lines and
 * knows no tags. libharu reads TrueType outlines only, so all is set in LXGW WenKai; a font
 * belongs to a document, so each document loads it.
 *
 *   stock PAPERS WARM FILE */
#include <hpdf.h>
#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char face[] = "/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf";

enum { LINE_MOST = 16 << 20, MARGIN = 50, ROW = 17, ROWS = 40 };

struct sheet {
    HPDF_Doc doc;
    HPDF_Font font;
    HPDF_Page page;
    float width, y;
    int rows;
};

static void fault(HPDF_STATUS error, HPDF_STATUS detail, void *user)
{
    (void)user;
    fprintf(stderr, "stock: libharu error %lX, %lu\n", error, detail);
    exit(1);
}

static void new_page(struct sheet *sheet)
{
    sheet->page = HPDF_AddPage(sheet->doc);
    HPDF_Page_SetSize(sheet->page, HPDF_PAGE_SIZE_A4, HPDF_PAGE_PORTRAIT);
    HPDF_Page_SetFontAndSize(sheet->page, sheet->font, 8);
    HPDF_Page_SetLineWidth(sheet->page, 0.5F);
    sheet->width = HPDF_Page_GetWidth(sheet->page) - 2 * MARGIN;
    sheet->y = HPDF_Page_GetHeight(sheet->page) - MARGIN;
    sheet->rows = 0;
}

static void put_row(struct sheet *sheet, const json_t *cells)
{
    float width = sheet->width / (float)json_array_size(cells);
    size_t i;
    json_t *cell;

    if (sheet->rows == ROWS)
        new_page(sheet);
    sheet->rows++;
    sheet->y -= ROW;
    json_array_foreach(cells, i, cell)
    {
        float x = MARGIN + width * (float)i;

        HPDF_Page_Rectangle(sheet->page, x, sheet->y, width, ROW);
        HPDF_Page_Stroke(sheet->page);
        HPDF_Page_BeginText(sheet->page);
        HPDF_Page_TextOut(sheet->page, x + 3, sheet->y + 5, json_string_value(cell));
        HPDF_Page_EndText(sheet->page);
    }
}

static void put_text(struct sheet *sheet, json_t *text)
{
    json_t *row = json_pack("[O]", text);

    put_row(sheet, row);
    json_decref(row);
}

/* Rows are rows, and what stands alone is a row of its own; the record is not for the page. */
static void put_paper(struct sheet *sheet, json_t *value)
{
    bool flat = json_array_size(value) > 0;
    const char *key;
    json_t *part;
    size_t i;

    if (json_is_object(value)) {
        json_object_foreach(value, key, part) if (strcmp(key, "record") != 0)
            put_paper(sheet, part);
        return;
    }
    if (json_is_string(value)) {
        put_text(sheet, value);
        return;
    }
    json_array_foreach(value, i, part) flat = flat && json_is_string(part);
    if (flat) {
        put_row(sheet, value);
        return;
    }
    json_array_foreach(value, i, part) put_paper(sheet, part);
}

static size_t document(const char *line, const char *path)
{
    static HPDF_BYTE bytes[1 << 16];
    FILE *out = fopen(path, "wb");
    json_t *paper = json_loads(line, 0, NULL);
    struct sheet sheet = {.doc = HPDF_New(fault, NULL)};
    const char *name;
    size_t total = 0;

    HPDF_UseUTFEncodings(sheet.doc);
    HPDF_SetCompressionMode(sheet.doc, HPDF_COMP_ALL);
    name = HPDF_LoadTTFontFromFile(sheet.doc, face, HPDF_TRUE);
    sheet.font = HPDF_GetFont(sheet.doc, name, "UTF-8");
    new_page(&sheet);
    put_paper(&sheet, paper);
    HPDF_SaveToStream(sheet.doc);
    for (;;) {
        HPDF_UINT32 n = sizeof bytes;

        HPDF_ReadFromStream(sheet.doc, bytes, &n);
        if (n == 0)
            break;
        if (out)
            fwrite(bytes, 1, n, out);
        total += n;
    }
    if (out)
        fclose(out);
    HPDF_Free(sheet.doc);
    json_decref(paper);
    return total;
}

static double ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
    FILE *papers = argc == 4 ? fopen(argv[1], "r") : NULL;
    char *line = malloc(LINE_MOST);
    double cpu, wall, bytes = 0, count = 0;
    struct rusage usage;

    if (!papers || !line)
        return 2;
    for (long i = strtol(argv[2], NULL, 10); i > 0 && fgets(line, LINE_MOST, papers); i--)
        document(line, argv[3]);
    cpu = ms(CLOCK_PROCESS_CPUTIME_ID);
    wall = ms(CLOCK_MONOTONIC);
    while (fgets(line, LINE_MOST, papers)) {
        bytes += (double)document(line, argv[3]);
        count++;
    }
    cpu = ms(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = ms(CLOCK_MONOTONIC) - wall;
    getrusage(RUSAGE_SELF, &usage);
    printf("%f\t%f\t%f\t%ld\n", cpu / count, wall / count, bytes / count,
           usage.ru_maxrss * 1024);
    fclose(papers);
    free(line);
    return 0;
}
