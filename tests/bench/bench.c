/* bench.c: workloads F (one A4 form) and L (a goods list), measured in this process; a run of
 * the program measures one workload, so that its peak memory is its own.
 *
 *   bench F DOCUMENTS         bench L ROWS DOCUMENTS      bench cold PROGRAM RECORD OUTPUT RUNS
 *   bench print [ROWS]        the first record of F, or of L, as JSON
 *
 * Every value of every document differs; the numbers come from a fixed seed, so that two runs
 * measure the same documents. */
#include "print/print.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 1 << 30, JSON_MOST = 16 << 20, PDF_MOST = 1 << 30, WARM = 3, HAN = 300 };

/* 300 Han spread over the level 1 and 2 characters of 通用规范汉字表. */
static const char han[] =
    "巨日毛币凶匀忆巴幻卉术平帅田叨乍他句饥头必奶矛扛扫朴戌达毕吁吸网迄延伙会朵争交羊汝军"
    "寻阶羽驰吞扰坝均志芜芯杏吾歼时围听囤我佐住返肚条冻冷判沙沉穷诈尿阻劲纷责拔拍拉择茂茎"
    "板画厕顷些昆迪呢败氛佳侣质命忿服饰底放炒沾泌怖宜肩该屈函叁终春封赴垛某茵荔柏咸砍皆尝"
    "映虾响贱钥氢复俄禹叙脉怨哀姿养逆洁洽恒宦语诵眉姚垒绝珠埂捉换耿晋桐根唇殊监哺哩唉赃特"
    "秘倒射途胰狸凄症唐阅烦涉润悄窍诽谅祟难琉焉掏掺菲萤梧票袭常曼蛀啥婴秸敏偏船脖猫庶章盖"
    "添淆涮惟宿谓蛋续缀塔博裁欺葱椰棕厨雳赏晶跑喘赐锋剩筏储逾猬斌普湘渝愣窖谣隘缓瑙搬鹊椿"
    "酪雷睛暖跪嗡锣颓像腹雏新满溢窥障静誓蔡榨磁踊镀僚孵辣煽慷谱撒撤槽磕嘻蝠镑僵褒澎懊豫擎"
    "瓢蟆篮瘾激藉";

_Static_assert(sizeof han == 3 * HAN + 1, "three bytes each");

extern char **environ;

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice->state >> 33) % sides;
}

static void han_text(struct buf *out, struct dice *dice, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        buf_add(out, han + 3 * roll(dice, HAN), 3);
}

static void text(struct buf *out, struct dice *dice, const char *name, uint32_t count)
{
    buf_printf(out, "\"%s\":\"", name);
    han_text(out, dice, count);
    buf_text(out, "\",");
}

static void goods(struct buf *out, struct dice *dice, long rows)
{
    static const char *const currencies[] = {"USD", "EUR", "JPY"};

    buf_text(out, "\"goods\":[");
    for (long i = 0; i < rows; i++) {
        uint32_t quantity = 1 + roll(dice, 900), cents = 100 + roll(dice, 9999999);

        buf_printf(out, "%s{\"seq\":%ld,\"hs_code\":\"84%08u\",", i ? "," : "", i + 1,
                   roll(dice, 99999999));
        text(out, dice, "goods_name", 4 + roll(dice, 8));
        text(out, dice, "spec_model", 3 + roll(dice, 9));
        buf_printf(out,
                   "\"declared_qty\":\"%u\",\"declared_unit\":\"001\","
                   "\"unit_price\":\"%u.%02u\",\"total_price\":\"%llu.%02llu\","
                   "\"currency\":\"%s\","
                   "\"origin\":\"DEU\"}",
                   quantity, cents / 100, cents % 100,
                   (unsigned long long)cents * quantity / 100,
                   (unsigned long long)cents * quantity % 100,
                   currencies[roll(dice, COUNT(currencies))]);
    }
    buf_text(out, "]");
}

static void envelope(struct buf *out, struct dice *dice, const char *kind)
{
    buf_clear(out);
    buf_printf(out,
               "{\"schema\":\"danzheng-record/1\",\"kind\":\"%s\",\"version\":1,"
               "\"status\":\"approved\",\"received_at\":\"2024-08-14T15:22:41+08:00\","
               "\"owner\":\"91110105MAFAKE019T\",\"operator\":{\"name\":\"",
               kind);
    han_text(out, dice, 3);
    buf_text(out, "\",\"unit_name\":\"");
    han_text(out, dice, 12);
    buf_text(out, "\",\"customs_code10\":\"1105980F01\"},\"data\":{");
}

/* F: a slip with some thirty values on one sheet. */
static void slip(struct buf *out, struct dice *dice, long number, long rows)
{
    envelope(out, dice, "temporary_extension");
    buf_printf(out,
               "\"extension_pre_entry_no\":\"Y%015ld\",\"customs_receipt_no\":\"HZ%012ld\","
               "\"extension_approval_no\":\"〔2024〕%u号\",\"apply_customs\":{\"code\":"
               "\"0110\",\"full_name\":\"中华人民共和国平谷海关\"},"
               "\"declaration_no\":\"0110%014ld\",\"ata_carnet_no\":\"CN%08u\","
               "\"review_confirmation_no\":\"QR%012ld\",\"extension_times\":%u,"
               "\"applicant_uscc\":\"91110105MAFAKE%03uT\",\"applicant_phone\":\"010-%08u\","
               "\"original_deadline\":\"202410%02u\",\"apply_deadline\":\"202411%02u\","
               "\"customs_allowed_deadline\":\"202412%02u\",\"report_date\":\"202408%02u\",",
               number, number, roll(dice, 9999), number, roll(dice, 99999999), number,
               1 + roll(dice, 3), roll(dice, 999), roll(dice, 99999999), 1 + roll(dice, 28),
               1 + roll(dice, 28), 1 + roll(dice, 28), 1 + roll(dice, 28));
    text(out, dice, "applicant_name", 16);
    text(out, dice, "applicant_contact", 3);
    text(out, dice, "direction", 2);
    text(out, dice, "reason", 90);
    buf_text(out, "\"review\":{");
    text(out, dice, "result", 4);
    text(out, dice, "review_remark", 40);
    buf_text(out, "\"reviewed_at\":\"2024-08-14T15:22:41+08:00\"},");
    goods(out, dice, rows);
    buf_text(out, "}}\n");
}

/* L: a filing with its list. */
static void filing(struct buf *out, struct dice *dice, long number, long rows)
{
    envelope(out, dice, "exhibition_filing");
    buf_printf(out,
               "\"exhibition_pre_entry_no\":\"Z%015ld\",\"exhibition_customs_no\":\"ZL%012ld\","
               "\"declare_date\":\"202408%02u\",\"master_customs\":\"0110\","
               "\"agent_code\":\"1105980F%02u\",",
               number, number, 1 + roll(dice, 28), roll(dice, 99));
    text(out, dice, "exhibition_name", 30);
    text(out, dice, "agent_name", 16);
    text(out, dice, "material_review_principal", 3);
    goods(out, dice, rows);
    buf_text(out, "}}\n");
}

typedef void record_fn(struct buf *, struct dice *, long number, long rows);

struct workload {
    const char *name, *output;
    record_fn *record;
    long rows;
};

struct times {
    double cpu, wall;
};

static struct times times_now(int who)
{
    struct timespec now;
    struct rusage usage;

    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(who, &usage);
    return (struct times){
        .cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3,
        .wall = (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6,
    };
}

static int complain(const struct err *err)
{
    for (const struct fault *fault = err->first; fault; fault = fault->next)
        fprintf(stderr, "bench: %s: %.*s\n", err_info(fault->code)->name, STR_ARG(fault->en));
    return 1;
}

struct sum {
    double parse, print;
    size_t bytes, pages;
};

static bool document(struct service *service, struct arena *arena, struct str json,
                     const char *output, struct buf *pdf, struct sum *sum, struct err *err)
{
    struct times start = times_now(RUSAGE_SELF), parsed, printed;
    struct print_request request = {.output = str_from(output)};
    struct print_answer answer;

    buf_clear(pdf);
    if (!record_parse(arena, service->kinds, "bench", json, &request.record, err))
        return false;
    parsed = times_now(RUSAGE_SELF);
    if (!print_one(service, arena, &request, &answer, pdf, err))
        return false;
    printed = times_now(RUSAGE_SELF);
    sum->parse += parsed.cpu - start.cpu;
    sum->print += printed.cpu - parsed.cpu;
    sum->bytes += pdf->n;
    sum->pages += answer.pages;
    return true;
}

static int measure(const struct workload *load, long documents)
{
    struct arena *loaded = arena_new(MEMORY, NULL, NULL),
                 *arena = arena_new(MEMORY, NULL, NULL);
    struct dice dice = {20241009};
    struct service service;
    struct buf json, pdf;
    struct sum sum = {0};
    struct times start;
    struct rusage usage;
    struct err err;
    double wall;

    err_init(&err, loaded);
    buf_init(&json, JSON_MOST);
    buf_init(&pdf, PDF_MOST);
    if (!service_open(loaded, getenv("DANZHENG_HOME"), &service, &err))
        return complain(&err);
    start = times_now(RUSAGE_SELF);
    for (long i = -WARM; i < documents; i++) {
        if (i == 0) {
            sum = (struct sum){0};
            start = times_now(RUSAGE_SELF);
        }
        arena_reset(arena);
        err_init(&err, arena);
        load->record(&json, &dice, i + WARM + 1, load->rows);
        if (!document(&service, arena, buf_view(&json), load->output, &pdf, &sum, &err))
            return complain(&err);
    }
    wall = times_now(RUSAGE_SELF).wall - start.wall;
    getrusage(RUSAGE_SELF, &usage);
    printf("%-9s %6ld %9.2f %9.2f %9.2f %9.2f %9zu %6zu %8ld\n", load->name, documents,
           (sum.parse + sum.print) / (double)documents, sum.parse / (double)documents,
           sum.print / (double)documents, wall / (double)documents,
           sum.bytes / (size_t)documents, sum.pages / (size_t)documents,
           usage.ru_maxrss / 1024);
    buf_release(&json);
    buf_release(&pdf);
    service_close(&service);
    arena_free(arena);
    arena_free(loaded);
    return 0;
}

/* A whole process for one paper, as from the shell. */
static int cold(char *program, char *input, char *output, long runs)
{
    char render[] = "render", option[] = "--output", to[] = "-o", nowhere[] = "/dev/null";
    char *argv[] = {program, render, input, option, output, to, nowhere, NULL};
    struct times start = times_now(RUSAGE_CHILDREN), end;

    for (long i = 0; i < runs; i++) {
        int status;
        pid_t pid;

        if (posix_spawn(&pid, program, NULL, NULL, argv, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0) {
            fprintf(stderr, "bench: %s failed\n", program);
            return 1;
        }
    }
    end = times_now(RUSAGE_CHILDREN);
    printf("cold render of one form: %.1f ms CPU, %.1f ms wall\n",
           (end.cpu - start.cpu) / (double)runs, (end.wall - start.wall) / (double)runs);
    return 0;
}

static int print_record(const struct workload *load)
{
    struct dice dice = {20241009};
    struct buf json;

    buf_init(&json, JSON_MOST);
    load->record(&json, &dice, 1, load->rows);
    fwrite(json.p, 1, json.n, stdout);
    buf_release(&json);
    return 0;
}

int main(int argc, char **argv)
{
    struct workload form = {"F", "extension_slip", slip, 2},
                    list = {"", "goods_list", filing, 0};
    const char *what = argc > 1 ? argv[1] : "";
    char name[32];

    if (argc > 2 && strcmp(what, "cold") != 0) {
        const char *rows = argv[argc > 3 ? argc - 2 : argc - 1];

        list.rows = strtol(rows, NULL, 10);
        snprintf(name, sizeof name, "L %s", rows);
        list.name = name;
    }
    if (strcmp(what, "F") == 0 && argc == 3)
        return measure(&form, strtol(argv[2], NULL, 10));
    if (strcmp(what, "L") == 0 && argc == 4)
        return measure(&list, strtol(argv[3], NULL, 10));
    if (strcmp(what, "cold") == 0 && argc == 6)
        return cold(argv[2], argv[3], argv[4], strtol(argv[5], NULL, 10));
    if (strcmp(what, "print") == 0)
        return print_record(argc == 3 ? &list : &form);
    fprintf(stderr,
            "usage: bench F N | L ROWS N | cold PROGRAM RECORD OUTPUT N | print [ROWS]\n");
    return 2;
}
