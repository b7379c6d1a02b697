/* verdict.c: from findings to a verdict. The order of the questions decides: a file that was
 * changed is nothing else; a seal that cannot be read here is not called false; a check sheet
 * proves nothing, whoever made it; another release's file is as good as its seal. */
#include "verify/verify.h"

struct meaning {
    const char *word;
    int exit;
    bool stands;
    const char *zh, *en;
};

static const struct meaning verdicts[] = {
    [AUTHENTIC_GENUINE] = {"GENUINE", 0, true, "本单证是真的，内容未被改动。",
                           "The paper is genuine and unchanged."},
    [AUTHENTIC_TEST] = {"TEST", 10, true, "测试单证，仅供测试，不具效力。",
                        "A paper made for testing; it has no force."},
    [AUTHENTIC_DRAFT] = {"DRAFT", 15, false, "核对单，不具证明效力。",
                         "A check sheet, which proves nothing."},
    [AUTHENTIC_NOT_GENUINE] = {"NOT GENUINE", 20, false, "本单证不真：并非原件，或已被改动。",
                               "This is no genuine paper, or it was changed."},
    [AUTHENTIC_RECORD_DIFFERS] = {"RECORD DIFFERS", 21, false,
                                  "单证本身未被改动，但与所给的记录不一致。",
                                  "The paper is unchanged, but differs from the record given."},
    [AUTHENTIC_UNKNOWN_KEY] = {"UNKNOWN KEY", 22, false, "凭本机的密钥清单无法判断真伪。",
                               "The list of keys here cannot tell whether it is genuine."},
    [AUTHENTIC_NEWER_FORMAT] = {"NEWER FORMAT", 23, false,
                                "印记的格式较新，本程序读不懂；请更新程序后再核验。",
                                "The seal's format is newer than this program; update it."},
    [AUTHENTIC_SEAL_ONLY] = {"SEAL ONLY", 14, true,
                             "由程序的另一版本制作，只能核验印记；请逐项核对纸面内容。",
                             "Another release made it: only its seal can be verified here; "
                             "compare the values."},
};

/* Where only the seal was seen. */
static const char *const alone[][2] = {
    [AUTHENTIC_GENUINE] = {"封签是真的；请逐项核对：纸面所印须与封签所载一致。",
                           "The seal is genuine; compare what is printed with what it says."},
    [AUTHENTIC_TEST] = {"测试封签，仅供测试，不具效力；请逐项核对纸面与封签所载。",
                        "A seal made for testing, of no force; compare what is printed with "
                        "what it says."},
    [AUTHENTIC_DRAFT] = {NULL, NULL},
    [AUTHENTIC_NOT_GENUINE] = {"封签不真：并非签发，或已被改动。",
                               "This is no genuine seal, or it was changed."},
    [AUTHENTIC_RECORD_DIFFERS] = {"封签本身未被改动，但与所给的记录不一致。",
                                  "The seal is unchanged, but of another record than the one "
                                  "given."},
};

static const struct meaning standings[] = {
    [STANDING_CURRENT] = {"CURRENT", 0, true, "现行有效。", "It is in force."},
    [STANDING_EXPIRED] = {"EXPIRED", 11, true, "已过有效期。", "Its last day is past."},
    [STANDING_SUPERSEDED] = {"SUPERSEDED", 12, true, "已被新的版本取代。",
                             "A newer version took its place."},
    [STANDING_WITHDRAWN] = {"WITHDRAWN", 13, true, "已被撤销。", "It was withdrawn."},
};

static enum authenticity decide(const struct verify_findings *f)
{
    if (f->file == VERIFY_DIFFERENT)
        return AUTHENTIC_NOT_GENUINE;
    if (f->seal == VERIFY_SEAL_NEWER)
        return AUTHENTIC_NEWER_FORMAT;
    if (f->seal == VERIFY_SEAL_KEY_UNKNOWN)
        return AUTHENTIC_UNKNOWN_KEY;
    if (f->seal != VERIFY_SEAL_GOOD)
        return AUTHENTIC_NOT_GENUINE;
    if (f->file == VERIFY_SIGNER_UNKNOWN)
        return AUTHENTIC_UNKNOWN_KEY;
    if (f->record_differs)
        return AUTHENTIC_RECORD_DIFFERS;
    if (f->check_sheet)
        return AUTHENTIC_DRAFT;
    if (f->file == VERIFY_OTHER_RELEASE)
        return AUTHENTIC_SEAL_ONLY;
    return f->test ? AUTHENTIC_TEST : AUTHENTIC_GENUINE;
}

struct verify_verdict verify_decide(const struct verify_findings *findings)
{
    enum authenticity authenticity = decide(findings);
    const struct meaning *word = &verdicts[authenticity];
    const struct meaning *standing = &standings[findings->standing];
    bool genuine = authenticity == AUTHENTIC_GENUINE;
    bool own = findings->file == VERIFY_NO_FILE && (size_t)authenticity < COUNT(alone) &&
               alone[authenticity][0];

    return (struct verify_verdict){
        .authenticity = authenticity,
        .stands = word->stands,
        .standing = findings->standing,
        .exit = genuine ? standing->exit : word->exit,
        .word = word->word,
        .standing_word = word->stands ? standing->word : "",
        .zh = own ? alone[authenticity][0] : word->zh,
        .en = own ? alone[authenticity][1] : word->en,
        .standing_zh = word->stands ? standing->zh : "",
        .standing_en = word->stands ? standing->en : "",
    };
}
