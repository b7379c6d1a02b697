/* units.c: what stays with the number before it: the units of 海关计量单位代码表, of dates, of money
 * and of science. The longest one counts; behind a solidus or a dot another one goes on. */
#include "text/text-internal.h"

#include "base/utf8.h"

#include <unicode/uchar.h>

static const char UNITS[][16] = {
    "年",     "年度",     "月",     "月份",     "日",       "号",       "时",       "小时",
    "分",     "分钟",     "秒",     "天",       "周",       "周年",     "岁",       "季度",
    "世纪",   "个月",     "元",     "角",       "美元",     "欧元",     "日元",     "英镑",
    "港元",   "万",       "万元",   "亿",       "亿元",     "千",       "百",       "万美元",
    "亿美元", "万欧元",   "万个",   "米",       "千米",     "公里",     "厘米",     "毫米",
    "微米",   "英寸",     "英尺",   "平方米",   "平方厘米", "平方公里", "公顷",     "亩",
    "立方米", "立方厘米", "升",     "毫升",     "千克",     "公斤",     "斤",       "克",
    "毫克",   "吨",       "公吨",   "磅",       "盎司",     "克拉",     "瓦",       "千瓦",
    "千瓦时", "伏",       "安",     "赫",       "帕",       "度",       "摄氏度",   "个",
    "只",     "头",       "张",     "件",       "支",       "枝",       "根",       "条",
    "把",     "块",       "卷",     "副",       "片",       "组",       "份",       "幅",
    "双",     "对",       "棵",     "株",       "井",       "盘",       "筒",       "盆",
    "具",     "刀",       "疋",     "扇",       "台",       "座",       "辆",       "艘",
    "架",     "套",       "箱",     "包",       "袋",       "瓶",       "罐",       "桶",
    "盒",     "批",       "项",     "款",       "种",       "类",       "家",       "户",
    "人",     "名",       "位",     "次",       "页",       "册",       "本",       "部",
    "篇",     "届",       "期",     "级",       "层",       "室",       "栋",       "幢",
    "倍",     "成",       "折",     "百副",     "百支",     "百把",     "百个",     "百片",
    "百枝",   "千只",     "千块",   "千盘",     "千支",     "千个",     "mm",       "cm",
    "dm",     "m",        "km",     "μm",       "nm",       "in",       "ft",       "mg",
    "g",      "kg",       "t",      "lb",       "oz",       "ct",       "ml",       "mL",
    "l",      "L",        "W",      "kW",       "MW",       "kWh",      "V",        "kV",
    "mV",     "A",        "mA",     "mAh",      "Ah",       "Hz",       "kHz",      "MHz",
    "GHz",    "Pa",       "kPa",    "MPa",      "N",        "K",        "J",        "kJ",
    "dB",     "min",      "h",      "s",        "ms",       "pcs",      "MB",       "GB",
    "TB",     "rpm",      "dpi",    "Ω",        "kΩ",       "m²",       "m³",       "cm³",
    "㎡",     "㎥",       "㎜",     "㎝",       "㎞",       "㎏",       "㎎",       "㏄",
    "担",     "匹",       "粒",     "筐",       "打",       "樘",       "枚",       "两",
    "令",     "寸",       "捆",     "罗",       "扎",       "箩",       "码",       "千枝",
    "亿株",   "万粒",     "英担",   "市尺",     "万套",     "公担",     "亿个",     "万双",
    "千盒",   "短担",     "千升",   "万张",     "千粒",     "市担",     "短吨",     "千张",
    "亿支",   "长吨",     "千英尺", "平方码",   "千伏安",   "平方尺",   "司马斤",   "司马担",
    "立方尺", "美加仑",   "英加仑", "立方英尺", "公制马力", "平方英尺", "百万贝可", "英制马力",
    "点",     "刻",       "毫秒",   "周岁",     "分米",     "毫安",     "毫伏",     "兆",
    "兆瓦",   "兆赫",     "千赫",   "吉赫",     "千帕",     "兆帕",     "千焦",     "焦耳",
    "牛顿",   "加仑",     "号线",   "号楼",     "楼",       "幅面",     "英里",     "海里",
    "节",     "立方",     "平方",   "平米",     "转",       "马力",     "安时",     "毫安时",
    "港币",   "人民币",   "卢布",   "韩元",     "人次",     "批次",     "标箱",     "车次",
    "航次",   "kVA",      "VA",     "mW",       "GW",       "MWh",      "Wh",       "Mbps",
    "Gbps",   "KB",       "kB",     "PB",       "px",       "rad",      "mol",      "bar",
    "psi",    "hPa",      "Bq",     "kN",       "Nm",       "μL",       "μg",       "mm²",
    "cm²",    "km²",      "dm³",    "mm³",      "yd",       "mi",       "gal",      "kgf",
    "lm",     "lx",       "cd",     "r/min",    "ppm",      "dBm",      "μF",       "pF",
    "nF",     "mH",       "TEU",    "CBM",      "PCS",      "SET",      "KGS",      "MM",
    "KG",     "CM",       "set",    "sets",     "pc",       "ea",       "mA·h",     "kW·h",
    "N·m",    "合",       "发",
};

/* What stays with the number behind it, a blank between them. */
static const char PREFIXES[][4] = {"USD", "EUR", "CNY", "RMB", "JPY", "GBP", "HKD", "KRW",
                                   "CHF", "AUD", "CAD", "NZD", "SGD", "TWD", "MOP", "RUB",
                                   "THB", "INR", "US$", "HK$", "No.", "NO.", "no.", "Nr."};

static size_t bytes_alike(struct str text, const char *unit)
{
    size_t n = 0;

    while (n < text.n && unit[n] && text.p[n] == unit[n])
        n++;
    return unit[n] ? 0 : n;
}

static bool is_word(const struct letter *letter)
{
    return u_isalpha((UChar32)letter->code) && !letter_is_wide(letter);
}

static size_t longest_unit(struct str text)
{
    size_t longest = 0;

    for (size_t u = 0; u < COUNT(UNITS); u++) {
        size_t n = bytes_alike(text, UNITS[u]);

        longest = n > longest ? n : longest;
    }
    return longest;
}

/* 元/吨, km/h, kg·m */
static size_t compound_unit(struct str text)
{
    size_t length = longest_unit(text), joint = 0;

    if (length == 0 || length == text.n)
        return length;
    if (text.p[length] == '/')
        joint = 1;
    else
        joint = bytes_alike((struct str){text.p + length, text.n - length}, "\xC2\xB7");
    if (joint == 0)
        return length;
    size_t more = longest_unit((struct str){text.p + length + joint, text.n - length - joint});
    return more > 0 ? length + joint + more : length;
}

/* "5 m" has a unit, but not "5 men". */
size_t unit_at(const struct para *para, size_t i)
{
    const struct letter *letter = &para->letters[i];
    struct str rest = para->spans[letter->span].text;
    size_t count;

    rest.p += letter->at;
    rest.n -= letter->at;
    count = utf8_count((struct str){rest.p, compound_unit(rest)});
    if (count > 0 && i + count < para->count && is_word(letter + count - 1) &&
        is_word(letter + count))
        return 0;
    return count;
}

bool prefix_ends_at(const struct para *para, size_t end)
{
    const struct letter *last = &para->letters[end];
    struct str text = para->spans[last->span].text;

    if (last->at < 3 || (last->at > 3 && end > 3 && last[-4].kind == KIND_LETTER))
        return false;
    text = (struct str){text.p + last->at - 3, 3};
    for (size_t i = 0; i < COUNT(PREFIXES); i++)
        if (bytes_alike(text, PREFIXES[i]))
            return true;
    return false;
}
