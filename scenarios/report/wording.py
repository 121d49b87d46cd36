"""Every text of the report, in both languages, and the only place where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from models.language import Language


@dataclass(frozen=True)
class Words:
    """The texts in one language: `words("map.title")`, `words("load.of", count=3)`."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        return TEXTS[key][_COLUMN[self.language]].format(**values)

    def code(self, group: str, code: str) -> str:
        """What a code means, `words.code("reason", "NO_STOCK")`; the code itself where nobody has said it."""
        return self(key) if (key := f"{group}.{code}") in TEXTS else code

    def named(self, key: str, otherwise: str) -> str:
        """A text that may be missing."""
        return self(key) if key in TEXTS else otherwise

    def day(self, instant: datetime) -> str:
        """`2 March 2026`, in the instant's own zone."""
        if self.language is Language.ZH:
            return f"{instant.year}年{instant.month}月{instant.day}日"
        return f"{instant.day} {_MONTHS[instant.month - 1]} {instant.year}"

    def later(self, minutes: int) -> str:
        """`1 h 35 min later`."""
        hours, rest = divmod(abs(minutes), 60)
        parts = ((hours, "unit.hours"), (rest, "unit.minutes"))
        length = " ".join(self(key, n=number) for number, key in parts if number)
        return (
            self("option.later" if minutes > 0 else "option.earlier", length=length) if minutes else self("option.soon")
        )

    def name_of(self, name: str, attributes: Mapping[str, str]) -> str:
        """The name of a thing of the world, in Chinese where it has one and it is asked for."""
        return attributes.get("name_zh", name) if self.language is Language.ZH else name


_COLUMN = {Language.EN: 0, Language.ZH: 1}
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

TEXTS: dict[str, tuple[str, str]] = {
    # -- the page
    "page.title": ("Plan: {world}", "计划：{world}"),
    "page.lead": (
        "{day}, as planned at {now}. All times are local ({offset}). Money in {currency}.",
        "{day}，{now} 时的计划。时间均为当地时间（{offset}），金额单位 {currency}。",
    ),
    "page.checked": (
        "The independent checker finds no violation in this plan.",
        "独立校验器未在此计划中发现任何违规。",
    ),
    "page.broken": (
        "The independent checker finds {count} violations in this plan. The first: {first}",
        "独立校验器在此计划中发现 {count} 处违规。第一处：{first}",
    ),
    "page.streets": ("Streets © OpenStreetMap contributors, ODbL 1.0.", "街道数据 © OpenStreetMap 贡献者，ODbL 1.0。"),
    "page.world": ("World {world}, fingerprint {fingerprint}.", "世界 {world}，指纹 {fingerprint}。"),
    "nav.map": ("Map", "地图"),
    "nav.timeline": ("Timeline", "时间轴"),
    "nav.cost": ("Cost", "成本"),
    "nav.load": ("Load", "负荷"),
    "nav.stories": ("Stories", "故事"),
    "nav.unplanned": ("Unplanned", "未排入"),
    "nav.night": ("The night", "夜间重排"),
    "nav.closed": ("What if", "假设分析"),
    # -- what a replan disturbs
    "disturbance.title": ("What the replan moved", "重排带来的变动"),
    "disturbance.lead": (
        "Run {run}, on the plan of {day}, {now}: {contracts} open contracts. Money in {currency}. No promise moved.",
        "运行 {run}，基于 {day} {now} 的计划，共 {contracts} 份未完成合同。金额单位 {currency}。没有移动任何承诺。",
    ),
    "disturbance.saved": ("saved, {currency}", "节省（{currency}）"),
    "disturbance.hands": ("items that changed hands", "换手的服务项"),
    "disturbance.counts": ("what that counts, {currency}; nobody pays it", "换手的计价（{currency}，无人支付）"),
    "disturbance.contracts": ("contracts with a change", "有变动的合同"),
    "disturbance.cost": ("Cost by kind", "成本构成"),
    "disturbance.before": ("before", "之前"),
    "disturbance.after": ("after", "之后"),
    "disturbance.difference": ("difference", "差额"),
    "disturbance.moved": ("What moved, and what that saved", "变动及其节省"),
    "disturbance.nothing": ("Nothing: no cheaper plan was found.", "无：未找到更便宜的计划。"),
    "disturbance.exchange": ("{who}: saved {saved} {currency}", "{who}：节省 {saved} {currency}"),
    "disturbance.more": ("... and {count} more", "……另有 {count} 条"),
    "disturbance.by": ("By contract, resource and site", "按合同、资源与站点"),
    "disturbance.contract": ("Contract", "合同"),
    "disturbance.item": ("Item", "服务项"),
    "disturbance.who": ("Who", "执行者"),
    "disturbance.site": ("Site", "站点"),
    "disturbance.start": ("Planned start", "计划开始"),
    "disturbance.resource": ("Resource", "资源"),
    "disturbance.gained": ("items gained", "增加的服务项"),
    "disturbance.lost": ("items given away", "让出的服务项"),
    "disturbance.retimed": ("items at another time only", "仅改时间的服务项"),
    "disturbance.km": ("km", "公里"),
    "price.title": ("What the promises cost", "承诺的代价"),
    "price.note": (
        "For each kind the plan was searched twice, with {iterations} iterations and seed {seed}: as it is, and as if "
        "these promises were open until the end of their day. The difference is an estimate.",
        "对每类承诺，以 {iterations} 次迭代、种子 {seed} 搜索两次：按现状，以及假设该类承诺放宽到当日结束。"
        "差额为估计值。",
    ),
    "price.incomplete": ("Time ran out before all kinds were searched.", "时间用尽，部分类别未搜索。"),
    "price.none": ("No kind was searched.", "未搜索任何类别。"),
    "price.everywhere": ("everywhere", "全部区域"),
    "price.level": ("Service level", "服务等级"),
    "price.area": ("Nearest site", "最近站点"),
    "price.promises": ("promises", "承诺数"),
    "price.kept": ("cost with them", "保持时的成本"),
    "price.relaxed": ("cost without", "放宽后的成本"),
    "price.price": ("price", "代价"),
    "price.per_day": ("a day", "每日"),
    "price.promised": ("Promised", "承诺时段"),
    "price.not_made": (
        "Not made because of a promise: {level}, {area}",
        "因承诺而未做的变动：{level}，{area}",
    ),
    # -- what a played morning ends with
    "night.title": ("The night", "夜间重排"),
    "night.lead": (
        "One long replan of {contracts} open contracts; the plan on this page is what came out. It saved {saved} "
        "{currency}. {hands} items changed hands, which counts {disturbance} {currency} that nobody pays. No promise "
        "moved.",
        "对 {contracts} 份未完成合同做一次长时间重排，本页即为其结果。节省 {saved} {currency}；{hands} 个服务项换手，"
        "计价 {disturbance} {currency}，无人支付。没有移动任何承诺。",
    ),
    "closed.title": ("What if the busiest store closed: {store}", "假如最忙的门店关闭：{store}"),
    "closed.lead": (
        "{store} has more of the work still to do than any other store: {items} items. If it closed at {time}, what "
        "has begun would be brought to its end, and the rest planned anew behind the same promises. Both sides were "
        "searched alike: {seeds} seeds, {iterations} iterations each.",
        "{store} 是待办最多的门店：{items} 个服务项。假如它在 {time} 关闭，已开始的继续完成，"
        "其余在同样的承诺下重新排入。两边以相同方式搜索：{seeds} 个种子，各 {iterations} 次迭代。",
    ),
    "closed.dearer": (
        "The plan would cost {mean} {currency} more (95 % interval of the difference over the seeds: {low} to {high}).",
        "计划成本增加 {mean} {currency}（差额的各种子 95 % 区间：{low} 至 {high}）。",
    ),
    "closed.cheaper": (
        "The plans found cost {less} {currency} less (95 % interval of the difference over the seeds: {low} to "
        "{high}). A closed store saves nothing by itself: something finds no place, or the searches were luckier.",
        "找到的计划成本减少 {less} {currency}（差额的各种子 95 % 区间：{low} 至 {high}）。"
        "关店本身不会更便宜：或有服务项未能排入，或搜索较为幸运。",
    ),
    "closed.open": (
        "No difference in cost that these searches could tell from luck: {mean} {currency} (95 % interval over the "
        "seeds: {low} to {high}).",
        "这些搜索无法将成本差异与偶然区分：{mean} {currency}（各种子 95 % 区间：{low} 至 {high}）。",
    ),
    "closed.cost_note": (
        "Of all contracts in force, in {currency}: what lies behind counts on both sides alike. Compensation is what "
        "lateness will cost on average. Means over the seeds.",
        "所有有效合同的成本，单位 {currency}；已发生的部分两边相同。预期赔付为迟到的平均代价。各种子的平均值。",
    ),
    "closed.promises": ("Promises", "承诺"),
    "closed.kept": (
        "promises kept: on time with a probability of at least {confidence} %",
        "守住的承诺：准时概率不低于 {confidence} %",
    ),
    "closed.at_risk": ("promises at risk: with less, or without a place", "有风险的承诺：低于该概率或未能排入"),
    "closed.refused": ("contracts refused", "被拒绝的合同"),
    "closed.moved": ("What would move, with the first seed", "将会变动的服务项（第一个种子）"),
    "closed.nothing": ("Nothing.", "无。"),
    "closed.nobody": ("nobody: at risk", "无人执行：有风险"),
    # -- figures
    "figure.contracts": ("contracts", "合同"),
    "figure.items": ("items planned", "已排入的服务项"),
    "figure.unplanned": ("items unplanned", "未排入的服务项"),
    "figure.resources": ("vehicles and people at work", "出勤的车辆与人员"),
    "figure.distance": ("km travelled", "行驶公里"),
    "figure.cost": ("cost, {currency}", "成本（{currency}）"),
    "morning.title": ("The morning before it", "此前的上午"),
    "morning.orders": ("orders", "订单"),
    "morning.contracts": ("contracts formed", "形成的合同"),
    "morning.confirmed": ("confirmed", "已确认"),
    "morning.declined": ("declined by the customer", "客户放弃"),
    "morning.refused": ("refused: no option", "无可行方案"),
    "morning.quote": ("ms to quote, median ({p99} p99)", "报价毫秒数，中位（p99 为 {p99}）"),
    "morning.saved": ("{currency} saved by replans", "重排节省（{currency}）"),
    "morning.moved": ("promises moved by replans", "重排移动的承诺"),
    # -- picking
    "pick.vehicle": ("Vehicle or person", "车辆或人员"),
    "pick.contract": ("Contract or order", "合同或订单"),
    "pick.any": ("type or choose", "输入或选择"),
    "pick.clear": ("Show all", "全部显示"),
    "pick.none": (
        "Nothing is picked. Click a route, a stop or a bar, or choose above; map and timeline follow each other.",
        "尚未选择。点击路线、停靠点或色条，或在上方选择；地图与时间轴联动。",
    ),
    "pick.unknown": ("There is none of that name.", "没有此名称。"),
    "pick.visits": ("visits", "次停靠"),
    "pick.where": ("Where", "地点"),
    "pick.shift": ("shift", "班次"),
    "pick.story": ("Show it on the map", "在地图上显示"),
    # -- map
    "map.title": ("The routes along the streets", "沿实际街道的路线"),
    "map.note": (
        "Each leg is the fastest way for its profile (bicycle or car) in the street network, as the plan counts it. "
        "A dashed straight line: the network has no way. Drag to pan, turn the wheel to zoom.",
        "每一段都是该出行方式（自行车或汽车）在路网中的最快路径，与计划的计算一致。直虚线表示路网中没有通路。拖动平移，滚轮缩放。",
    ),
    "map.site": ("Warehouse or store", "仓库或门店"),
    "map.other": ("Counter or parcel", "柜台自提或快递"),
    "map.nothing": (
        "No vehicle has a visit in this plan: the map shows the streets and sites.",
        "此计划中没有车辆停靠：地图仅显示街道与站点。",
    ),
    "map.no_way": ("no way in the street network", "路网中没有通路"),
    # -- timeline
    "timeline.title": ("Who does what when", "谁在何时做什么"),
    "timeline.note": (
        "One row per rider, van, technician and desk with work; a desk that holds several sessions at once has a row "
        "for each. Waiting is the time between the first departure and the end of the last work in which nothing is "
        "done. The pale bar is the shift, the line is the moment of the plan. Drag to pan, zoom with the buttons.",
        "每个有工作的骑手、货车、技师和坐席一行；同时进行多个会话的坐席分多行。等待是首次出发到最后一项工作结束之间空闲的时间。"
        "浅色条为班次，竖线为计划时刻。拖动平移，用按钮缩放。",
    ),
    "timeline.nothing": ("Nobody has work in this plan.", "此计划中无人有工作。"),
    "timeline.lane": ("{desk} ({lane})", "{desk}（{lane}）"),
    "doing.TRAVEL": ("Travel", "行驶"),
    "doing.SETUP": ("Set-up", "准备"),
    "doing.PICKUP": ("Pickup", "取货"),
    "doing.DELIVERY": ("Delivery", "送达"),
    "doing.SERVICE": ("Service", "上门服务"),
    "doing.SESSION": ("Remote session", "远程会话"),
    "doing.WAITING": ("Waiting", "等待"),
    "doing.BREAK": ("Break", "休息"),
    "doing.SHIFT": ("Shift", "班次"),
    # -- cost
    "cost.title": ("Cost by kind", "按类别的成本"),
    "cost.note": (
        "The plan's cost as the checker recomputes it, in {currency}. Kinds that cost nothing are left out.",
        "经校验器重新计算的计划成本，单位 {currency}。为零的类别未列出。",
    ),
    "cost.nothing": ("The plan costs nothing.", "此计划没有成本。"),
    "cost.travel": ("Travel", "里程"),
    "cost.labour": ("Labour", "人工"),
    "cost.use": ("Use", "出车"),
    "cost.overtime": ("Overtime", "加班"),
    "cost.picking": ("Picking", "拣货"),
    "cost.handling": ("Handling", "交接"),
    "cost.carrier": ("Carriers", "快递公司"),
    "cost.expected_compensation": ("Compensation", "预期赔付"),
    "cost.total": ("Total", "合计"),
    "cost.share": ("Share", "占比"),
    # -- load
    "load.title": ("Load and slack by hour", "各小时的负荷与余量"),
    "load.note": (
        "Of the hours that all of a kind are on shift in that hour, the share that is travel, work at the stop "
        "(set-up and service), breaks, and waiting; what is left is free. Who is on call counts only with work. "
        "Slack is waiting and free time together.",
        "某小时内该类全部人员在班时间中，行驶、停靠作业（准备与服务）、休息、等待各占的比例，其余为空闲。待命者有工作才计入。余量为等待与空闲之和。",
    ),
    "load.nothing": ("Nobody has a shift.", "无人排班。"),
    "load.TRAVEL": ("Travel", "行驶"),
    "load.WORK": ("Work at the stop", "停靠作业"),
    "load.BREAK": ("Break", "休息"),
    "load.WAITING": ("Waiting", "等待"),
    "load.FREE": ("Free", "空闲"),
    "load.on_shift": ("on shift, hours", "在班小时"),
    "load.busy": ("busy", "忙碌"),
    "load.slack": ("slack", "余量"),
    "load.panel": ("{kind}: {busy} % busy of {hours} h on shift", "{kind}：在班 {hours} 小时，忙碌 {busy} %"),
    # -- stories
    "stories.title": ("The stories with their options", "故事与可选方案"),
    "stories.note": (
        "Each customer's orders, what could be promised, and what was taken. Cost is over the plan as it stood then.",
        "每位客户的订单、当时可作的承诺以及客户的选择。成本为相对当时计划的增量。",
    ),
    "stories.none": (
        "This plan comes with no stories: it was made in one go, and nobody was quoted.",
        "此计划没有故事：它是一次性排出的，没有逐一报价。",
    ),
    "stories.no_quote": ("There was no quote for these orders together.", "这些订单没有共同的报价。"),
    "story.groceries": (
        "Groceries: a frozen cake from a livestream, vegetables from the app, tissues at a till",
        "买菜：直播间的冷冻蛋糕、App 里的蔬菜、收银台的纸巾",
    ),
    "story.phone": (
        "A new phone and a screen: the old phone goes back, data moves, the screen is mounted",
        "新手机与大屏电视：旧机回收、数据迁移、上门挂装",
    ),
    "story.pets": (
        "Pet food of three lines that no site has together, and a washing machine that a plumber installs",
        "没有站点能配齐的三个系列的宠物食品，以及由水工安装的洗衣机",
    ),
    "option.option": ("Option", "方案"),
    "option.item": ("Item", "服务项"),
    "option.by": ("By", "方式"),
    "option.site": ("From", "来源"),
    "option.who": ("Who", "执行者"),
    "option.level": ("Level", "服务等级"),
    "option.promised": ("Promised", "承诺时间"),
    "option.starts": ("Planned", "计划开始"),
    "option.fee": ("Fee", "费用"),
    "option.cost": ("Cost", "成本"),
    "option.on_time": ("On time", "准时率"),
    "option.co2": ("CO₂ g", "CO₂ 克"),
    "option.stops": ("{n} stops", "{n} 次上门或自提"),
    "option.stop": ("1 stop", "1 次上门或自提"),
    "option.recommended": ("recommended", "推荐"),
    "option.taken": ("taken", "已选"),
    "option.wish": ("meets the wish", "符合期望"),
    "option.compared": ("against the recommended one", "与推荐方案相比"),
    "option.later": ("{length} later", "晚 {length}"),
    "option.earlier": ("{length} earlier", "早 {length}"),
    "option.soon": ("as soon", "同时"),
    "option.late": ("If {level} is late: {steps}", "{level} 若迟到：{steps}"),
    "option.from_minute": ("{kind} {amount} from {minutes} min", "{minutes} 分钟起 {kind} {amount}"),
    "option.at_once": ("{kind} {amount}", "{kind} {amount}"),
    "option.papers": ("Papers", "单据"),
    "option.now": ("As the plan has it", "计划中的安排"),
    "unit.hours": ("{n} h", "{n} 小时"),
    "unit.minutes": ("{n} min", "{n} 分钟"),
    "archetype.CHEAPEST": ("cheapest", "最省"),
    "archetype.FASTEST": ("fastest", "最快"),
    "archetype.CONSOLIDATED": ("consolidated", "合并送达"),
    "archetype.PICKUP": ("pickup", "到店自提"),
    "archetype.GREENEST": ("greenest", "最低碳"),
    "archetype.FLEXIBLE": ("flexible", "时间灵活"),
    "compensation.CASH": ("cash", "现金"),
    "compensation.VOUCHER": ("voucher", "优惠券"),
    "compensation.POINTS": ("points", "积分"),
    "compensation.FEE_WAIVER": ("fee waiver", "免运费"),
    "paper.WAYBILL": ("waybill", "运单"),
    "paper.INSPECTION_REPORT": ("inspection report", "检验报告"),
    "paper.DANGEROUS_GOODS_NOTE": ("dangerous goods note", "危险品单据"),
    # -- unplanned
    "unplanned.title": ("Unplanned items, with reasons", "未排入的服务项及原因"),
    "unplanned.none": ("Every item of the plan's contracts is planned.", "计划内合同的每个服务项都已排入。"),
    "unplanned.refused": ("Contracts that there was no option for, with reasons", "没有可行方案的合同及原因"),
    "unplanned.refused_note": (
        "They came in the morning and are no part of the plan. Each reason: how many of all sites or resources it "
        "rules out, with one of them as an example.",
        "它们在上午到达，不属于此计划。每个原因：在全部站点或资源中排除了多少，并举一例。",
    ),
    "unplanned.nobody_refused": ("No contract was refused in the morning.", "上午没有合同被拒绝。"),
    "unplanned.contract": ("Contract", "合同"),
    "unplanned.orders": ("Orders", "订单"),
    "unplanned.item": ("Item", "服务项"),
    "unplanned.kind": ("Kind", "类别"),
    "unplanned.wish": ("Way", "方式"),
    "unplanned.any": ("any", "任意"),
    "unplanned.reasons": ("Reasons", "原因"),
    "unplanned.count": ("{count} of {total}", "{total} 中的 {count}"),
    "unplanned.example": ("such as {example}", "例如 {example}"),
    # -- scenarios beside their base
    "whatif.title": ("What if: {world}", "如果……会怎样：{world}"),
    "whatif.lead": (
        "{day}. Every scenario and the base are planned by the same solver with the same customers and the same "
        "effort. All times are local ({offset}). Money in {currency}.",
        "{day}。各情景与基准由同一求解器、以相同的客户和相同的计算量排出。"
        "时间均为当地时间（{offset}），金额单位 {currency}。",
    ),
    "whatif.seeds": (
        "Figures are means over {count} days of demand, with the 95 % interval of the difference in brackets.",
        "数字为 {count} 个需求日的平均值，括号内为差值的 95 % 区间。",
    ),
    "whatif.seed": (
        "One day of demand: a difference has no interval, and may be chance.",
        "仅一个需求日：差值没有区间，可能出于偶然。",
    ),
    "whatif.checked": (
        "The independent checker finds no violation in any of these plans.",
        "独立校验器未在任何计划中发现违规。",
    ),
    "whatif.broken": (
        "The independent checker finds {count} violations in these plans.",
        "独立校验器在这些计划中发现 {count} 处违规。",
    ),
    "whatif.nav_table": ("Scenarios", "情景"),
    "whatif.nav_curves": ("Curves", "曲线"),
    "whatif.nav_details": ("One by one", "逐一查看"),
    "whatif.table": ("All scenarios", "全部情景"),
    "whatif.table_note": (
        "Below each figure, the difference from the base; green and red only where its interval does not hold 0. "
        "Who is refused costs nothing: look at cost, fees and refused together.",
        "每个数字下方为与基准的差值；仅当区间不含 0 时以绿、红标示。"
        "被拒绝的客户不产生成本：请将成本、费用与拒绝数一并查看。",
    ),
    "whatif.base": ("Base", "基准"),
    "whatif.scenario": ("Scenario", "情景"),
    "whatif.cost": ("Cost, {currency}", "成本（{currency}）"),
    "whatif.fees": ("Fees, {currency}", "费用（{currency}）"),
    "whatif.kept": ("Kept", "可兑现的承诺"),
    "whatif.at_risk": ("At risk", "有风险"),
    "whatif.refused": ("Refused", "被拒绝"),
    "whatif.on_time": ("On time", "准时率"),
    "whatif.km": ("km", "公里"),
    "whatif.co2": ("CO₂ kg", "CO₂ 千克"),
    "whatif.busy": ("Busy", "忙碌"),
    "whatif.changed": ("Changed", "有变化"),
    "whatif.interval": ("({low} to {high})", "（{low} 至 {high}）"),
    "whatif.cheapest": ("cheapest: {name}", "最省：{name}"),
    "whatif.goal": ("{name} of at least {share}", "{name}不低于 {share}"),
    "whatif.goal_reached": (
        "{goal}: the cheapest scenario that reaches it is {scenario}.",
        "{goal}：达到目标的最省情景是 {scenario}。",
    ),
    "whatif.goal_missed": (
        "{goal}: no scenario reaches it.",
        "{goal}：没有情景达到。",
    ),
    "whatif.curves": ("Over the range", "随参数变化"),
    "whatif.curves_note": (
        "The dashed line is the base. The band is the 95 % interval of the difference from the base, seed by seed; "
        "with one seed there is none. The axes do not begin at 0.",
        "虚线为基准。色带为逐种子与基准之差的 95 % 区间；只有一个种子时没有区间。坐标轴不从 0 开始。",
    ),
    "whatif.curve_cost": ("Cost, {currency}", "成本（{currency}）"),
    "whatif.curve_on_time": ("Promises on time", "准时的承诺"),
    "whatif.curve_kept": ("Promises kept", "可兑现的承诺比例"),
    "whatif.curve_served": ("Contracts that are served", "得到服务的合同比例"),
    "sweep.riders": ("Riders", "骑手数"),
    "sweep.vans": ("Vans", "货车数"),
    "sweep.technicians": ("Technicians", "技师数"),
    "sweep.demand": ("Demand, %", "需求（%）"),
    "sweep.stock": ("Stock, %", "库存（%）"),
    "whatif.details": ("One scenario beside the base", "单个情景与基准对照"),
    "whatif.hidden": (
        "{count} more scenarios are in the table above and have no maps here.",
        "另有 {count} 个情景仅列于上表，此处没有地图。",
    ),
    "whatif.steps": ("What the scenario changes", "情景的变更"),
    "whatif.no_steps": ("Nothing: this is the base.", "没有变更：即基准本身。"),
    "whatif.maps": ("Routes", "路线"),
    "whatif.maps_note": (
        "The day of seed {seed}. Both maps move together. Pale: ways that the same resource takes in both plans. In "
        "colour: ways of one plan only. Colour says who travels, as above.",
        "种子 {seed} 的一天。两图联动。浅色：两个计划中同一资源都走的路段。彩色：仅其中一个计划的路段。"
        "颜色表示出行者，见上方图例。",
    ),
    "whatif.mark_changed": ("promised something else, or a site that is changed", "承诺有变化，或站点有变更"),
    "whatif.mark_out": ("closed, or nothing promised", "关闭，或未获承诺"),
    "whatif.mark_new": ("new site", "新站点"),
    "whatif.mark_promise": ("Edge: promised something else", "描边：承诺有变化"),
    "whatif.site_closed": ("closed here", "此处关闭"),
    "whatif.site_new": ("on this side only", "仅此一侧有"),
    "whatif.site_changed": ("not as on the other side", "与另一侧不同"),
    "whatif.timelines": ("Timelines", "时间轴"),
    "whatif.bridge": ("Where the difference in cost comes from", "成本差异的来源"),
    "whatif.bridge_note": (
        "Means over the seeds, in {currency}. Red is dearer, green is cheaper. The axis does not begin at 0.",
        "各种子的平均值，单位 {currency}。红色为更贵，绿色为更省。坐标轴不从 0 开始。",
    ),
    "whatif.pools": ("How busy pools are", "资源池的忙碌程度"),
    "whatif.pools_note": (
        "Percent of the hours of those at work that are travel, set-up and service, by local hour; over all seeds. "
        "The darkest stands for the busiest hour on either side. Where a square is missing, nobody of the pool is at "
        "work.",
        "按当地小时，出行、准备与服务占在岗时间的百分比；所有种子合计。颜色最深者为两侧最忙的一小时。"
        "没有方格表示该资源池此时无人在岗。",
    ),
    "whatif.busy_difference": ("Difference, percentage points", "差异（百分点）"),
    "whatif.busy_all_hours": ("All hours together", "全部时段合计"),
    "whatif.busy_hours": (
        "{percent} %: {busy} of {available} hours",
        "{percent} %：{available} 小时中的 {busy} 小时",
    ),
    "whatif.busy_points": ("{points} percentage points", "{points} 个百分点"),
    "whatif.pool": ("Pool", "资源池"),
    "whatif.offers": ("Options offered", "提供的方案"),
    "whatif.offers_note": (
        "For {count} contracts of each day, with all others planned. Left the base, right the scenario; means.",
        "每天 {count} 份合同，其余合同均已排入。左为基准，右为情景；平均值。",
    ),
    "whatif.offers_note_now": (
        "For customers like those of {count} contracts, who ask at the time of the snapshot while all promises stand. "
        "Left the base, right the scenario; means.",
        "假设有与 {count} 份合同相同的客户在快照时刻询问，所有承诺保持不变。左为基准，右为情景；平均值。",
    ),
    "whatif.no_offers": ("No options were looked up.", "没有查询方案。"),
    "whatif.all_options": ("all", "全部"),
    "whatif.number": ("Options", "方案数"),
    "whatif.contracts": ("Contracts that change, and why", "有变化的合同及原因"),
    "whatif.no_contracts": ("No contract is promised anything else.", "没有合同的承诺发生变化。"),
    "whatif.resourced": (
        "{count} contracts a day keep their promise and are served from another site or by somebody else.",
        "每天有 {count} 份合同承诺不变，但由其他站点或其他人员服务。",
    ),
    "whatif.unlisted": ("{count} more are not listed here.", "另有 {count} 份未列出。"),
    "whatif.seed_head": ("Seed", "种子"),
    "whatif.cause": ("Cause", "原因"),
    "whatif.because": ("By change", "由变更"),
    "whatif.nothing": ("nothing", "无"),
    "cause.ORDER_NEW": ("new orders", "新增订单"),
    "cause.ORDER_GONE": ("orders are gone", "订单消失"),
    "cause.SITE_OUT": ("its site is closed or sold out", "站点关闭或售罄"),
    "cause.RESOURCE_OUT": ("who did it cannot", "原执行者无法执行"),
    "cause.LEVEL_CHANGED": ("its level is changed or withdrawn", "服务等级变更或下架"),
    "cause.REFUSED": ("refused", "被拒绝"),
    "cause.SERVED": ("served now", "现可服务"),
    "cause.DISPLACED": ("displaced by other work", "因其他工作而调整"),
    # -- codes of the models
    "resource.RIDER": ("Riders", "骑手"),
    "resource.VAN": ("Vans", "货车"),
    "resource.TECHNICIAN": ("Technicians", "技师"),
    "resource.DESK": ("Desks", "坐席"),
    "resource.CARRIER": ("Carriers", "快递公司"),
    "mode.RIDER": ("rider", "骑手"),
    "mode.VAN": ("van", "货车"),
    "mode.CARRIER": ("parcel", "快递"),
    "mode.PICKUP": ("counter", "柜台自提"),
    "mode.TECHNICIAN": ("technician", "技师"),
    "mode.REMOTE": ("remote", "远程"),
    "mode.DIGITAL": ("sent", "在线发送"),
    "item.DELIVERY": ("delivery", "送货"),
    "item.STORE_PICKUP": ("store pickup", "到店自提"),
    "item.TECHNICIAN_VISIT": ("technician visit", "技师上门"),
    "item.COLLECTION": ("collection", "上门回收"),
    "item.REMOTE_SESSION": ("remote session", "远程会话"),
    "item.DIGITAL": ("digital", "数字服务"),
    "channel.LIVESTREAM": ("livestream", "直播间"),
    "channel.MARKETPLACE": ("marketplace", "电商平台"),
    "channel.APP": ("app", "App"),
    "channel.MINI_PROGRAM": ("mini program", "小程序"),
    "channel.STORE_POS": ("till", "收银台"),
    "join.FIRST_ORDER": ("first order", "首单"),
    "join.SAME_MEMBER": ("same member", "同一会员"),
    "join.SAME_PHONE": ("same phone", "同一手机号"),
    "join.SAME_OPEN_ID": ("same open id", "同一 open id"),
    "join.SAME_CUSTOMER": ("same customer", "同一客户"),
    "reason.SITE_NOT_ALLOWED": ("site not allowed", "站点不在允许范围"),
    "reason.NO_TEMPERATURE_ZONE": ("no zone of that temperature", "没有相应温区"),
    "reason.NO_STOCK": ("no stock", "库存不足"),
    "reason.OUT_OF_RADIUS": ("out of radius", "超出配送半径"),
    "reason.SITE_CLOSED": ("site closed", "站点不营业"),
    "reason.PICKING_FULL": ("pickers busy", "拣货产能已满"),
    "reason.NO_COUNTER": ("no counter", "没有自提柜台"),
    "reason.COUNTER_FULL": ("counter full", "柜台已满"),
    "reason.RETURNS_FULL": ("takes in no more returns", "当日退货接收已满"),
    "reason.RESOURCE_NOT_ALLOWED": ("resource not allowed", "资源不在允许范围"),
    "reason.POOL_NOT_SHARED": ("pool not shared with the channel", "资源池未对该渠道开放"),
    "reason.SKILL_MISSING": ("skill missing", "缺少技能"),
    "reason.CREW_TOO_SMALL": ("crew too small", "人手不足"),
    "reason.NO_COMPARTMENT": ("no compartment of that temperature", "没有相应温区的车厢"),
    "reason.LOAD_FULL": ("load full", "装载已满"),
    "reason.KEPT_APART": ("must not travel with what is on board", "与车上货物不可同车"),
    "reason.ON_CALL": ("on call", "待命中"),
    "reason.ON_BOARD_TOO_LONG": ("on board for too long", "在车时间过长"),
    "reason.UNREACHABLE": ("unreachable", "无法到达"),
    "reason.SHIFT_OVER": ("shift over", "班次已结束"),
    "reason.WINDOW_MISSED": ("window missed", "赶不上时间窗"),
    "reason.GOODS_NOT_ACCEPTED": ("goods not accepted", "快递公司不收此类货物"),
    "reason.CUT_OFF_MISSED": ("cut-off missed", "错过截单时间"),
    "reason.QUOTA_FULL": ("quota full", "快递限额已满"),
    "reason.OUT_OF_ZONE": ("out of the carrier's zones", "不在快递分区"),
    "reason.TOOL_MISSING": ("tool missing", "缺少工具"),
    "reason.DESK_CLOSED": ("desk closed", "坐席不在线"),
    "reason.DESK_FULL": ("desk full", "坐席已满"),
    "reason.OUT_OF_ORDER": ("out of order", "停用"),
    "reason.METHOD_NOT_WANTED": ("method not wanted", "客户不接受此方式"),
    "reason.OUTSIDE_LIMIT": ("outside the customer's windows", "不在客户给定时段"),
    "reason.PRECEDENCE": ("before what it waits for", "早于其前置服务"),
    "reason.KIND_NOT_PLANNED": ("no level on sale does this", "没有对应的服务等级"),
    "reason.NO_RESOURCE": ("nobody works in this way", "没有此类资源"),
    "reason.NOT_TOGETHER": ("not together with the rest", "无法与其他项同时满足"),
    "reason.FEE_ABOVE_LIMIT": ("fee above the limit", "费用超出上限"),
    "reason.SPLIT_LIMIT": ("more parcels than allowed", "超出拆分上限"),
    "reason.TIME_RAN_OUT": ("time ran out", "搜索时间用尽"),
}
"""By key: English, Chinese."""
