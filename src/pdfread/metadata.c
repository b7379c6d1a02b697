/* metadata.c: the render parameters, each an element below rdf:Description, as src/pdf/xmp.c
 * writes them. Whatever else a packet holds is passed over; entities of its own make it
 * faulty. */
#include "pdfread/pdfread-internal.h"

#include <libxml/parser.h>
#include <string.h>

#define RENDER_SPACE "urn:x-danzheng:render:"
#define RDF_SPACE "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#define META_SPACE "adobe:ns:meta/"
#define PDF_SPACE "http://ns.adobe.com/pdf/1.3/"

static struct str xml_text(const xmlChar *text)
{
    return str_from((const char *)text);
}

static bool is_element(const xmlNode *node, const char *space, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->ns &&
           str_is(xml_text(node->ns->href), space) &&
           (!name || str_is(xml_text(node->name), name));
}

static enum part part_named(struct str name)
{
    static const char *const names[PARTS] = {
        [PART_OUTPUT] = "output",   [PART_PROFILE] = "profile", [PART_LAYOUT] = "layout",
        [PART_RELEASE] = "release", [PART_COPY] = "copyMark",   [PART_PRINTED_AT] = "printedAt",
        [PART_DPI] = "dpi",         [PART_SEAL] = "seal",
    };

    for (int i = 0; i < PARTS; i++)
        if (names[i] && str_is(name, names[i]))
            return (enum part)i;
    return PART_OTHER;
}

static bool find_text(struct finder *finder, enum part part, const xmlNode *node)
{
    const xmlNode *text = node->children;

    if (!text)
        return part_found(finder, part, STR_NONE);
    if (text->type != XML_TEXT_NODE || text->next)
        return part_fault(finder, "a render parameter is no plain text");
    return part_found(finder, part, xml_text(text->content));
}

static bool find_property(struct finder *finder, const xmlNode *node)
{
    struct str name = xml_text(node->name);
    enum part part = part_named(name);

    if (is_element(node, PDF_SPACE, "Producer"))
        return find_text(finder, PART_PRODUCER, node);
    if (!is_element(node, RENDER_SPACE, NULL))
        return true;
    if (part == PART_OTHER)
        return finder->found[PART_OTHER] || part_found(finder, part, name);
    return find_text(finder, part, node);
}

static bool find_properties(struct finder *finder, const xmlNode *rdf)
{
    for (const xmlNode *about = rdf->children; about; about = about->next) {
        if (!is_element(about, RDF_SPACE, "Description"))
            continue;
        for (const xmlNode *node = about->children; node; node = node->next)
            if (!find_property(finder, node))
                return false;
    }
    return true;
}

static bool find_in(struct finder *finder, xmlDoc *packet)
{
    const xmlNode *root = xmlDocGetRootElement(packet);

    if (xmlGetIntSubset(packet))
        return part_fault(finder, "the metadata declare entities");
    if (!root || !is_element(root, META_SPACE, "xmpmeta"))
        return true;
    for (const xmlNode *node = root->children; node; node = node->next)
        if (is_element(node, RDF_SPACE, "RDF") && !find_properties(finder, node))
            return false;
    return true;
}

bool metadata_find(struct finder *finder, struct str packet)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    xmlDoc *parsed;
    bool ok;

    if (packet.n > XMP_MOST)
        return part_fault(finder, "the metadata are too long");
    parsed = xmlReadMemory(packet.p, (int)packet.n, NULL, "UTF-8", options);
    if (!parsed)
        return part_fault(finder, "the metadata are no XML");
    ok = find_in(finder, parsed);
    xmlFreeDoc(parsed);
    return ok;
}
