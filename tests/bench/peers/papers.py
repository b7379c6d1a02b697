"""Records in, one a line; out come the words of their papers, as the layouts of danzheng print
them, so that every peer sets the same text and none has to format numbers or dates.

    papers.py < records.ndjson > papers.ndjson
"""
import json
import sys


def date(text):
    return f"{text[:4]}年{int(text[4:6])}月{int(text[6:])}日"


def number(text):
    whole, _, part = text.partition(".")
    return f"{int(whole):,}" + (f".{part}" if part else "")


def form(record):
    data = record["data"]
    review = data["review"]
    decided = review["reviewed_at"].replace("-", "")[:8]

    def code(field):
        return f"{data[field]['name']}（{data[field]['code']}）"

    return {
        "title": "展览会备案申请表",
        "numbers": [
            "预录入编号：" + data["exhibition_pre_entry_no"],
            "海关编号：" + data["exhibition_customs_no"],
        ],
        "rows": [
            ["展览会名称", data["exhibition_name"]],
            ["主管海关", code("master_customs"), "备案海关", code("filing_customs")],
            ["批准单位", data["approving_body"], "批文号", data["approval_no"]],
            ["主办单位", data["host_name"], "主办单位负责人", data["host_principal"]],
            ["承办单位", data["undertaker_name"], "主办方联系电话", data["host_phone"]],
            ["资料审查负责人", data["material_review_principal"],
             "台湾批文", data["taiwan_approval_no"]],
            ["开幕日期", date(data["open_date"]), "闭幕日期", date(data["close_date"])],
            ["展览场馆", data["venue"]],
            ["展出总面积", number(data["total_area_sqm"]) + " 平方米",
             "国际面积", number(data["international_area_sqm"]) + " 平方米"],
            ["参展国家(地区)", f"{data['country_count']} 个",
             "境外展商", f"{data['foreign_exhibitor_count']} 家"],
            ["申报单位", data["agent_name"], "申报单位代码", data["agent_code"]],
            ["报关员", data["declarant"]["name"], "报关员联系电话", data["declarant_phone"]],
            ["变更原因", data["amend_reason"]],
            ["备注", data["remarks"]],
        ],
        "lists": [
            ["展商名录", ["编号", "展商名称", "国别(地区)", "展馆号", "展位号"], "无"],
            ["境内代理企业代表", ["序号", "报关代理编码", "报关代理名称"], "无"],
        ],
        "declaration": "兹声明以上所填内容真实、准确，展览品将按规定复运出境或者办理其他海关手续，"
                       "并承担相应的法律责任。",
        "sign": [
            ["申请单位（签章）：", "海关审核意见："],
            ["", review["customs_opinion"]],
            ["经办人：" + record["operator"]["name"], "（印章）"],
            ["日期：" + date(data["declare_date"]), "日期：" + date(decided)],
        ],
    }


def goods_list(record):
    data = record["data"]
    origins = {"DEU": "德国"}
    return {
        "title": "展览品清单",
        "facts": [
            "展览会名称", data["exhibition_name"], "海关编号", data["exhibition_customs_no"],
            "申报单位", data["agent_name"], "申报日期", date(data["declare_date"]),
            "预录入编号", data["exhibition_pre_entry_no"],
        ],
        "columns": ["序号", "商品编码", "商品名称", "规格型号", "申报数量\n单位", "单价",
                    "总价\n币制", "原产国(地区)\n监管证件"],
        "rows": [
            [str(i), row["hs_code"], row["goods_name"], row["spec_model"],
             number(row["declared_qty"]), number(row["unit_price"]), number(row["total_price"]),
             origins[row["origin"]]]
            for i, row in enumerate(data["goods"], 1)
        ],
        "end": f"以下空白（共 {len(data['goods'])} 项）",
        "sign": ["制表：" + record["operator"]["name"],
                 "复核：" + data["material_review_principal"], "申报单位（签章）："],
    }


for line in sys.stdin:
    record = json.loads(line)
    paper = goods_list(record) if "goods" in record["data"] else form(record)
    paper["mark"] = "仅供测试"
    paper["record"] = line
    json.dump(paper, sys.stdout, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.write("\n")
