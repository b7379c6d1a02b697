/* objects.c: the catalog's attachments and metadata, by qpdf. Nothing is mended: recovery is
 * off, and whatever qpdf warns of is a fault, since no file of this program has any. */
#include "pdfread/pdfread-internal.h"

#include <qpdf/qpdf-c.h>
#include <stdlib.h>

enum { FILES_MOST = 16 };

/* Strings are qpdf's; the stream's bytes are the caller's to free. */
static bool stream_bytes(struct finder *finder, qpdf_data qpdf, qpdf_oh stream, struct str *out,
                         unsigned char **bytes)
{
    QPDF_BOOL decoded = QPDF_FALSE;
    size_t n = 0;

    if (qpdf_oh_get_stream_data(qpdf, stream, qpdf_dl_generalized, &decoded, bytes, &n) != 0 ||
        !decoded)
        return part_fault(finder, "a stream cannot be decoded");
    *out = (struct str){(const char *)*bytes, n};
    return true;
}

static bool find_metadata(struct finder *finder, qpdf_data qpdf, qpdf_oh root)
{
    qpdf_oh stream = qpdf_oh_get_key(qpdf, root, "/Metadata");
    unsigned char *bytes = NULL;
    struct str packet;
    bool ok;

    if (!qpdf_oh_is_stream(qpdf, stream))
        return true;
    ok = stream_bytes(finder, qpdf, stream, &packet, &bytes) && metadata_find(finder, packet);
    free(bytes);
    return ok;
}

static bool find_file(struct finder *finder, qpdf_data qpdf, enum part part, qpdf_oh spec)
{
    qpdf_oh embedded = qpdf_oh_get_key_if_dict(qpdf, spec, "/EF");
    qpdf_oh stream = qpdf_oh_get_key_if_dict(qpdf, embedded, "/F");
    unsigned char *bytes = NULL;
    struct str content;
    bool ok;

    if (!qpdf_oh_is_stream(qpdf, stream))
        return part_fault(finder, "an attachment has no content");
    ok = stream_bytes(finder, qpdf, stream, &content, &bytes) &&
         part_found(finder, part, content);
    free(bytes);
    return ok;
}

/* Names and files by turns, as this program writes them: no tree of names. */
static bool find_files(struct finder *finder, qpdf_data qpdf, qpdf_oh root)
{
    qpdf_oh names = qpdf_oh_get_key_if_dict(qpdf, root, "/Names");
    qpdf_oh tree = qpdf_oh_get_key_if_dict(qpdf, names, "/EmbeddedFiles");
    qpdf_oh list = qpdf_oh_get_key_if_dict(qpdf, tree, "/Names");
    int count = qpdf_oh_is_array(qpdf, list) ? qpdf_oh_get_array_n_items(qpdf, list) : 0;

    if (count > 2 * FILES_MOST)
        return part_fault(finder, "too many attachments");
    for (int i = 0; i + 1 < count; i += 2) {
        qpdf_oh name = qpdf_oh_get_array_item(qpdf, list, i);
        qpdf_oh spec = qpdf_oh_get_array_item(qpdf, list, i + 1);
        struct str text = STR_NONE;

        if (qpdf_oh_is_string(qpdf, name))
            text.p = qpdf_oh_get_binary_utf8_value(qpdf, name, &text.n);
        if (str_is(text, "record.json") && !find_file(finder, qpdf, PART_RECORD, spec))
            return false;
        if (str_is(text, "seal.txt") && !find_file(finder, qpdf, PART_SEAL, spec))
            return false;
    }
    return true;
}

static bool find_all(struct finder *finder, qpdf_data qpdf)
{
    qpdf_oh root = qpdf_get_root(qpdf);

    if (qpdf_is_encrypted(qpdf))
        return part_fault(finder, "it is encrypted");
    if (!qpdf_oh_is_dictionary(qpdf, root))
        return part_fault(finder, "it has no catalog");
    return find_metadata(finder, qpdf, root) && find_files(finder, qpdf, root);
}

static const char *first_complaint(qpdf_data qpdf)
{
    qpdf_error error = NULL;

    if (qpdf_has_error(qpdf))
        error = qpdf_get_error(qpdf);
    else if (qpdf_more_warnings(qpdf))
        error = qpdf_next_warning(qpdf);
    return error ? qpdf_get_error_message_detail(qpdf, error) : NULL;
}

bool objects_find(struct finder *finder, struct str file)
{
    qpdf_data qpdf = qpdf_init();
    const char *complaint;
    bool ok = false;

    qpdf_silence_errors(qpdf);
    qpdf_set_suppress_warnings(qpdf, QPDF_TRUE);
    qpdf_set_attempt_recovery(qpdf, QPDF_FALSE);
    if (qpdf_read_memory(qpdf, "file", file.p, file.n, NULL) == QPDF_SUCCESS)
        ok = find_all(finder, qpdf);
    complaint = first_complaint(qpdf);
    if (complaint && !finder->faulty)
        ok = part_fault(finder, complaint);
    qpdf_cleanup(&qpdf);
    return ok;
}
