/* manual.c: the manual page, English or Chinese, from the same tables as the help. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

/* Text as roff reads it: no line begins a request, hyphens and backslashes stand for
 * themselves. */
static void put(const char *text)
{
    bool start = true;

    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            fputs("\\&", stdout);
        start = *text == '\n';
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
}

static void put_section(bool chinese, const char *zh, const char *en)
{
    printf(".SH %s\n", chinese ? zh : en);
}

static void put_option(const struct option *option)
{
    printf(".TP\n.B ");
    if (option->letter)
        printf("\\-%c, ", option->letter);
    printf("\\-\\-");
    put(option->name);
    if (option->value)
        printf(" \\fI%s\\fR", option->value);
    printf("\n");
    put(option->help);
    printf("\n");
}

static void put_command(const struct command *command, bool chinese)
{
    printf(".SS danzheng %s ", command->name);
    put(command->usage);
    printf("\n");
    put(chinese ? command->zh : command->en);
    printf("\n");
    if (command->more) {
        printf(".PP\n");
        put(command->more);
        printf("\n");
    }
    for (size_t i = 0; i < command->option_count; i++)
        put_option(&command->options[i]);
}

static void put_codes(bool chinese)
{
    for (int i = 1; i < ERR_CODES; i++) {
        const struct err_info *info = err_info((enum err_code)i);

        printf(".TP\n.BR %s \" (%d)\"\n", info->name, info->exit);
        put(chinese ? info->zh : info->en);
        printf("\n.br\n");
        put(chinese ? info->cure_zh : info->cure_en);
        printf("\n");
    }
}

void manual_print(const struct command *const *commands, size_t count, bool chinese)
{
    printf(".TH DANZHENG 1 \"\" \"danzheng %s\" \"%s\"\n", RELEASE,
           chinese ? "用户命令" : "User commands");
    put_section(chinese, "名称", "NAME");
    printf("danzheng \\- %s\n", chinese ? "把国际贸易“单一窗口”已审核的单证记录打印成正式单证"
                                        : "approved records in, official papers out");
    put_section(chinese, "命令", "COMMANDS");
    for (size_t i = 0; i < count; i++)
        put_command(commands[i], chinese);
    put_section(chinese, "文件", "FILES");
    put(chinese
            ? "$DANZHENG_HOME，否则程序旁边，否则安装前缀下的 share/danzheng："
              "config/（字段、规则、代码表）、layouts/（版式）、fonts/fonts.ini（字体）。\n"
            : "$DANZHENG_HOME, else beside the program, else share/danzheng below the prefix: "
              "config/ (fields, rules, code tables), layouts/ (one file a paper), "
              "fonts/fonts.ini.\n");
    put_section(chinese, "退出码", "EXIT STATUS");
    put(chinese
            ? "0 全部成功；1 批量中有拒绝或失败；2 用法错误；65 记录有误；70 内部错误；"
              "74 读写错误；75 忙，稍后再试；77 该状态不允许；78 配置、版式或字体有误。"
              "verify 以 0 和 10 至 23 作答，见该命令。\n"
            : "0 well; 1 some of a batch were refused or failed; 2 usage; 65 bad record; "
              "70 internal; 74 input or output; 75 busy, try later; 77 not permitted in this "
              "status; 78 faulty configuration, layout or font. "
              "verify answers by 0 and 10 to 23, as said there.\n");
    put_section(chinese, "错误代码", "CODES");
    put_codes(chinese);
}
