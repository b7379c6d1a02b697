/* xmp.c: the metadata packet (XMP, ISO 16684-1), and the Info dictionary that says the same.
 *
 * The packet is plain: one property an element, because validators of PDF/A-1 read no more than
 * that. Properties that PDF/A does not know are declared in it: those of PDF/UA, and our own,
 * which say what it takes to render the same bytes again. Every value is escaped. */
#include "pdf/pdf-internal.h"

#include "base/utf8.h"

#include <stdio.h>

#define RENDER_SPACE "urn:x-danzheng:render:"

/* ---- times */

/* Seconds, minutes, hours and date of an RFC 3339 time; false when it has another form. */
static bool time_parts(struct str time, struct str parts[6], struct str *zone)
{
    static const uint8_t at[6] = {0, 5, 8, 11, 14, 17};

    if (time.n < 20)
        return false;
    for (size_t i = 0; i < COUNT(at); i++) {
        parts[i] = (struct str){time.p + at[i], i == 0 ? 4 : 2};
        for (size_t k = 0; k < parts[i].n; k++)
            if (parts[i].p[k] < '0' || parts[i].p[k] > '9')
                return false;
    }
    *zone = (struct str){time.p + time.n - 6, 6};
    if (zone->p[0] != '+' && zone->p[0] != '-')
        *zone = STR_NONE;
    return true;
}

void put_date(struct buf *out, const char *key, struct str time)
{
    struct str parts[6], zone;

    if (!time_parts(time, parts, &zone))
        return;
    buf_printf(out, "%s(D:", key);
    for (size_t i = 0; i < COUNT(parts); i++)
        buf_str(out, parts[i]);
    if (zone.n)
        buf_printf(out, "%.3s'%.2s')", zone.p, zone.p + 4);
    else
        buf_text(out, "Z)");
}

/* To the second, as the Info dictionary has it. */
static struct str xmp_date(struct str time, char room[26])
{
    struct str parts[6], zone;
    size_t n = 0;

    if (!time_parts(time, parts, &zone))
        return STR_NONE;
    while (n < 19) {
        room[n] = time.p[n];
        n++;
    }
    for (size_t i = 0; i < zone.n; i++)
        room[n++] = zone.p[i];
    if (!zone.n)
        room[n++] = 'Z';
    return (struct str){room, n};
}

/* ---- Info */

static void put_entry(struct buf *out, const char *key, struct str value)
{
    if (value.n == 0)
        return;
    buf_text(out, key);
    put_text_string(out, value);
}

void put_info(struct buf *out, const struct pdf_info *info)
{
    buf_printf(out, "/Producer(danzheng %.*s)", STR_ARG(info->release));
    put_entry(out, "/Title", info->title);
    put_entry(out, "/Subject", info->subject);
    put_entry(out, "/Author", info->author);
    put_entry(out, "/Keywords", info->note);
    put_date(out, "/CreationDate", info->created);
    put_date(out, "/ModDate", info->created);
}

/* ---- XMP */

/* XML 1.0 has no other control characters than tab and the ends of lines, and neither U+FFFE
 * nor U+FFFF; surrogates are no UTF-8. */
static bool is_xml(struct str text)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t code = utf8_next(text, &at);

        if (code == UTF8_BAD || code == 0xFFFE || code == 0xFFFF ||
            (code < 0x20 && code != '\t' && code != '\n' && code != '\r'))
            return false;
    }
    return true;
}

static void put_escaped(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '&')
            buf_text(out, "&amp;");
        else if (text.p[i] == '<')
            buf_text(out, "&lt;");
        else if (text.p[i] == '>')
            buf_text(out, "&gt;");
        else
            buf_byte(out, text.p[i]);
    }
}

/* <name>before value after</name>; nothing when there is no value. */
static void put_wrapped(struct buf *out, const char *name, const char *before, struct str value,
                        const char *after)
{
    if (value.n == 0)
        return;
    buf_printf(out, "<%s>%s", name, before);
    put_escaped(out, value);
    buf_printf(out, "%s</%s>\n", after, name);
}

static void put_property(struct buf *out, const char *name, struct str value)
{
    put_wrapped(out, name, "", value, "");
}

static void put_description(struct buf *out, const char *prefix, const char *space)
{
    buf_printf(out, "<rdf:Description rdf:about=\"\" xmlns:%s=\"%s\">\n", prefix, space);
}

static void put_dublin_core(struct buf *out, const struct pdf_info *info)
{
    static const char before[] = "<rdf:Alt><rdf:li xml:lang=\"x-default\">";
    static const char after[] = "</rdf:li></rdf:Alt>";

    put_description(out, "dc", "http://purl.org/dc/elements/1.1/");
    put_property(out, "dc:format", STR("application/pdf"));
    put_wrapped(out, "dc:title", before, info->title, after);
    put_wrapped(out, "dc:description", before, info->subject, after);
    put_wrapped(out, "dc:creator", "<rdf:Seq><rdf:li>", info->author, "</rdf:li></rdf:Seq>");
    put_wrapped(out, "dc:language", "<rdf:Bag><rdf:li>", STR("zh-CN"), "</rdf:li></rdf:Bag>");
    buf_text(out, "</rdf:Description>\n");
}

static void put_basic(struct buf *out, const struct pdf_info *info)
{
    char room[26];
    struct str date = xmp_date(info->created, room);

    put_description(out, "xmp", "http://ns.adobe.com/xap/1.0/");
    put_property(out, "xmp:CreateDate", date);
    put_property(out, "xmp:ModifyDate", date);
    put_property(out, "xmp:MetadataDate", date);
    buf_text(out, "</rdf:Description>\n");
    put_description(out, "pdf", "http://ns.adobe.com/pdf/1.3/");
    buf_printf(out, "<pdf:Producer>danzheng %.*s</pdf:Producer>\n", STR_ARG(info->release));
    put_property(out, "pdf:Keywords", info->note);
    buf_text(out, "</rdf:Description>\n");
}

static void put_claims(struct buf *out, enum pdf_profile profile)
{
    put_description(out, "pdfaid", "http://www.aiim.org/pdfa/ns/id/");
    put_property(out, "pdfaid:part", profile == PDF_A1B ? STR("1") : STR("3"));
    put_property(out, "pdfaid:conformance", profile == PDF_A1B ? STR("B") : STR("U"));
    buf_text(out, "</rdf:Description>\n");
    if (profile == PDF_A1B)
        return;
    put_description(out, "pdfuaid", "http://www.aiim.org/pdfua/ns/id/");
    put_property(out, "pdfuaid:part", STR("1"));
    buf_text(out, "</rdf:Description>\n");
}

static void put_render(struct buf *out, const struct pdf_info *info)
{
    char dpi[16];

    snprintf(dpi, sizeof dpi, "%d", info->dpi);
    put_description(out, "render", RENDER_SPACE);
    put_property(out, "render:output", info->output);
    put_property(out, "render:profile", str_from(pdf_profile_name(info->profile)));
    put_property(out, "render:dpi", str_from(dpi));
    put_property(out, "render:layout", info->layout);
    put_property(out, "render:release", info->release);
    put_property(out, "render:printedAt", info->printed_at);
    put_property(out, "render:copyMark", info->copy);
    put_property(out, "render:seal", info->seal);
    buf_text(out, "</rdf:Description>\n");
}

/* ---- schemas of properties that PDF/A does not know */

struct property {
    const char *name, *type, *category, *about;
};

static void put_schema(struct buf *out, const char *about, const char *space,
                       const char *prefix, const struct property *properties, size_t count)
{
    buf_printf(
        out,
        "<rdf:li rdf:parseType=\"Resource\">\n<pdfaSchema:schema>%s</pdfaSchema:schema>\n"
        "<pdfaSchema:namespaceURI>%s</pdfaSchema:namespaceURI>\n"
        "<pdfaSchema:prefix>%s</pdfaSchema:prefix>\n<pdfaSchema:property><rdf:Seq>\n",
        about, space, prefix);
    for (size_t i = 0; i < count; i++)
        buf_printf(out,
                   "<rdf:li rdf:parseType=\"Resource\">"
                   "<pdfaProperty:name>%s</pdfaProperty:name>"
                   "<pdfaProperty:valueType>%s</pdfaProperty:valueType>"
                   "<pdfaProperty:category>%s</pdfaProperty:category>"
                   "<pdfaProperty:description>%s</pdfaProperty:description></rdf:li>\n",
                   properties[i].name, properties[i].type, properties[i].category,
                   properties[i].about);
    buf_text(out, "</rdf:Seq></pdfaSchema:property></rdf:li>\n");
}

static void put_schemas(struct buf *out, enum pdf_profile profile)
{
    static const struct property universal[] = {
        {"part", "Integer", "internal", "Part of ISO 14289 that the file conforms to"},
    };
    static const struct property render[] = {
        {"output", "Text", "internal", "Which paper of the record this is"},
        {"profile", "Text", "internal", "Part and level of PDF/A"},
        {"dpi", "Integer", "internal", "Dots per inch of the printer"},
        {"layout", "Text", "internal", "SHA-256 of the layout's files"},
        {"release", "Text", "internal", "Release of the program"},
        {"printedAt", "Text", "internal", "Time of printing, if the paper shows one"},
        {"copyMark", "Text", "internal", "Which copy this is, if the paper says so"},
        {"seal", "Text", "internal", "The paper's seal, where none can be attached"},
    };

    buf_text(out, "<rdf:Description rdf:about=\"\""
                  " xmlns:pdfaExtension=\"http://www.aiim.org/pdfa/ns/extension/\""
                  " xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\""
                  " xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\">\n"
                  "<pdfaExtension:schemas><rdf:Bag>\n");
    if (profile != PDF_A1B)
        put_schema(out, "PDF/UA identification", "http://www.aiim.org/pdfua/ns/id/", "pdfuaid",
                   universal, COUNT(universal));
    put_schema(out, "danzheng render parameters", RENDER_SPACE, "render", render,
               COUNT(render));
    buf_text(out, "</rdf:Bag></pdfaExtension:schemas>\n</rdf:Description>\n");
}

bool put_xmp(struct buf *out, const struct pdf_info *info)
{
    const struct str values[] = {info->title,      info->subject, info->author, info->note,
                                 info->created,    info->output,  info->layout, info->release,
                                 info->printed_at, info->copy};

    for (size_t i = 0; i < COUNT(values); i++)
        if (!is_xml(values[i]))
            return false;
    buf_text(out, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                  "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n<rdf:RDF"
                  " xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n");
    put_claims(out, info->profile);
    put_dublin_core(out, info);
    put_basic(out, info);
    put_render(out, info);
    put_schemas(out, info->profile);
    buf_text(out, "</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>");
    return true;
}
