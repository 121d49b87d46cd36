"""The goods of generated worlds: products in variants, in English and Chinese."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from models.order import Channel, Hazard, Sku, Temperature

_MAX_ON_BOARD = {Temperature.FROZEN: timedelta(minutes=90), Temperature.CHILLED: timedelta(hours=3)}
"""How long a cold box keeps goods cold; no entry: no matter."""


@dataclass(frozen=True)
class Category:
    """Products that come in the same variants.

    Parameters
    ----------
    variants
        Name and Chinese name; each goes before the name of each product.
    products
        Name, Chinese name, grams and cubic centimetres of a piece.
    channels
        Where orders of it come from most.
    crew
        People whom it takes to carry a piece.
    line
        Value of the SKU attribute `line`: goods of one line have storerooms of their own (`LINES`).
    only_warehouses
        No store has them.
    """

    name: str
    temperature: Temperature
    variants: tuple[tuple[str, str], ...]
    products: tuple[tuple[str, str, int, int], ...]
    channels: tuple[Channel, ...]
    fragile: bool = False
    hazard: Hazard = Hazard.NONE
    crew: int = 1
    line: str | None = None
    only_warehouses: bool = False

    def skus(self) -> Iterator[Sku]:
        for product, product_zh, weight_g, volume_cm3 in self.products:
            for variant, variant_zh in self.variants:
                yield Sku(
                    sku_id=f"{variant}-{product}".replace(" ", "-"),
                    name=f"{variant} {product}".capitalize(),
                    category=self.name,
                    temperature=self.temperature,
                    weight_g=weight_g,
                    volume_cm3=volume_cm3,
                    fragile=self.fragile,
                    hazard=self.hazard,
                    crew=self.crew,
                    max_on_board=_MAX_ON_BOARD.get(self.temperature),
                    attributes={"name_zh": variant_zh + product_zh} | ({"line": self.line} if self.line else {}),
                )


_LIVE, _MARKET, _APP = Channel.LIVESTREAM, Channel.MARKETPLACE, Channel.APP
_MINI, _POS = Channel.MINI_PROGRAM, Channel.STORE_POS
_FRESH = (("organic", "有机"), ("local", "本地"), ("premium", "精选"), ("family-size", "家庭装"), ("washed", "净选"))

CATEGORIES = (
    Category(
        "bakery-frozen",
        Temperature.FROZEN,
        (("durian", "榴莲"), ("mango", "芒果"), ("matcha", "抹茶"), ("chocolate", "巧克力"), ("strawberry", "草莓")),
        (
            ("mille-crepe", "千层蛋糕", 800, 3000),
            ("mousse cake", "慕斯蛋糕", 700, 3200),
            ("cheesecake", "芝士蛋糕", 600, 2200),
            ("puffs", "泡芙", 350, 1500),
            ("snow mochi", "雪媚娘", 300, 900),
        ),
        (_LIVE, _MINI),
    ),
    Category(
        "ice-cream",
        Temperature.FROZEN,
        (("vanilla", "香草"), ("milk", "牛乳"), ("red-bean", "红豆"), ("taro", "香芋"), ("yuzu", "柚子")),
        (
            ("ice cream cup", "冰淇淋杯", 120, 220),
            ("ice cream tub", "家庭装冰淇淋", 900, 1400),
            ("ice cream bar", "雪糕", 80, 180),
            ("ice cream cone", "甜筒", 110, 350),
            ("ice cream sandwich", "三明治冰淇淋", 150, 300),
        ),
        (_APP, _MINI),
    ),
    Category(
        "frozen-meals",
        Temperature.FROZEN,
        (("pork", "猪肉"), ("shrimp", "虾仁"), ("beef", "牛肉"), ("corn", "玉米"), ("mushroom", "香菇")),
        (
            ("dumplings", "水饺", 500, 900),
            ("wontons", "馄饨", 400, 800),
            ("steamed buns", "包子", 450, 1200),
            ("spring rolls", "春卷", 300, 700),
            ("pot stickers", "锅贴", 480, 950),
        ),
        (_APP,),
    ),
    Category(
        "vegetables",
        Temperature.CHILLED,
        _FRESH,
        (
            ("pak choi", "青菜", 350, 1300),
            ("spinach", "菠菜", 300, 1300),
            ("tomatoes", "番茄", 500, 900),
            ("mushrooms", "蘑菇", 250, 900),
            ("peppers", "青椒", 300, 1000),
        ),
        (_APP, _MINI),
    ),
    Category(
        "fruit",
        Temperature.CHILLED,
        _FRESH,
        (
            ("strawberries", "草莓", 400, 1100),
            ("blueberries", "蓝莓", 250, 600),
            ("cherries", "车厘子", 500, 900),
            ("grapes", "葡萄", 600, 1200),
            ("oranges", "橙子", 1500, 2600),
        ),
        (_APP, _LIVE, _MINI),
    ),
    Category(
        "dairy",
        Temperature.CHILLED,
        (("fresh", "鲜"), ("low-fat", "低脂"), ("lactose-free", "零乳糖"), ("grass-fed", "草饲"), ("kids", "儿童")),
        (
            ("milk", "牛奶", 1000, 1100),
            ("yoghurt", "酸奶", 450, 550),
            ("cheese", "奶酪", 200, 250),
            ("butter", "黄油", 250, 260),
            ("cream", "奶油", 300, 330),
        ),
        (_APP, _POS),
    ),
    Category(
        "meat-and-fish",
        Temperature.CHILLED,
        (("diced", "切丁"), ("sliced", "切片"), ("minced", "绞碎"), ("whole", "整块"), ("marinated", "腌制")),
        (
            ("pork", "猪肉", 500, 600),
            ("beef", "牛肉", 400, 480),
            ("chicken", "鸡肉", 600, 750),
            ("lamb", "羊肉", 450, 540),
            ("salmon", "三文鱼", 300, 400),
        ),
        (_APP,),
    ),
    Category(
        "paper",
        Temperature.AMBIENT,
        (("soft", "柔软"), ("unscented", "无香"), ("bamboo", "竹浆"), ("travel-size", "便携"), ("bulk-pack", "量贩")),
        (
            ("tissues", "抽纸", 700, 5000),
            ("toilet paper", "卷纸", 1500, 12000),
            ("kitchen paper", "厨房纸", 900, 8000),
            ("wipes", "湿巾", 600, 1200),
            ("napkins", "餐巾纸", 400, 2500),
        ),
        (_MARKET, _POS),
    ),
    Category(
        "snacks",
        Temperature.AMBIENT,
        (("salted", "咸味"), ("spicy", "香辣"), ("honey", "蜂蜜"), ("seaweed", "海苔"), ("sesame", "芝麻")),
        (
            ("crisps", "薯片", 120, 1800),
            ("nuts", "坚果", 300, 700),
            ("rice crackers", "米饼", 200, 1400),
            ("biscuits", "饼干", 250, 900),
            ("popcorn", "爆米花", 150, 1900),
        ),
        (_LIVE, _POS, _MARKET),
    ),
    Category(
        "drinks",
        Temperature.AMBIENT,
        (("jasmine", "茉莉"), ("oolong", "乌龙"), ("lemon", "柠檬"), ("peach", "蜜桃"), ("grapefruit", "西柚")),
        (
            ("iced tea", "冰茶", 550, 620),
            ("sparkling water", "气泡水", 500, 560),
            ("juice", "果汁", 1050, 1200),
            ("soda", "汽水", 345, 400),
            ("tea bags", "袋泡茶", 120, 500),
        ),
        (_POS, _APP),
    ),
    Category(
        "staples",
        Temperature.AMBIENT,
        (
            ("northeast", "东北"),
            ("organic", "有机"),
            ("whole-grain", "全谷"),
            ("quick", "速食"),
            ("five-kilo", "五公斤"),
        ),
        (
            ("rice", "大米", 5000, 6000),
            ("noodles", "面条", 900, 1600),
            ("flour", "面粉", 2500, 3500),
            ("oats", "燕麦", 1000, 2200),
            ("beans", "豆子", 800, 1000),
        ),
        (_MARKET, _APP),
    ),
    Category(
        "pet-food",
        Temperature.AMBIENT,
        (("chicken", "鸡肉味"), ("tuna", "金枪鱼味"), ("duck", "鸭肉味"), ("grain-free", "无谷"), ("senior", "老年")),
        (
            ("cat food", "猫粮", 2000, 3500),
            ("dog food", "狗粮", 5000, 9000),
            ("cat cans", "猫罐头", 1020, 1300),
            ("dog treats", "狗零食", 400, 900),
            ("bird seed", "鸟食", 900, 1200),
        ),
        (_MARKET,),
        line="staple",
    ),
    Category(
        "pet-freeze-dried",
        Temperature.AMBIENT,
        (("salmon", "三文鱼"), ("rabbit", "兔肉"), ("quail", "鹌鹑"), ("venison", "鹿肉"), ("cod", "鳕鱼")),
        (
            ("freeze-dried cat meal", "冻干猫粮", 400, 1800),
            ("freeze-dried dog meal", "冻干狗粮", 500, 2200),
            ("freeze-dried cubes", "冻干肉粒", 120, 600),
            ("freeze-dried topping", "冻干拌粮", 150, 700),
            ("freeze-dried bites", "冻干零食", 100, 500),
        ),
        (_MARKET, _LIVE),
        line="freeze_dried",
    ),
    Category(
        "pet-supplements",
        Temperature.AMBIENT,
        (("hairball", "化毛"), ("joint", "关节"), ("probiotic", "益生菌"), ("vitamin", "维生素"), ("calming", "舒缓")),
        (
            ("cat paste", "猫用膏", 120, 180),
            ("dog tablets", "犬用片", 150, 200),
            ("pet powder", "宠物粉剂", 100, 180),
            ("cat drops", "猫用滴剂", 60, 90),
            ("dog chews", "犬用嚼片", 250, 350),
        ),
        (_MARKET,),
        line="supplement",
    ),
    Category(
        "aerosols",
        Temperature.AMBIENT,
        (("unscented", "无味"), ("rose", "玫瑰"), ("mint", "薄荷"), ("citrus", "柑橘"), ("lavender", "薰衣草")),
        (
            ("hairspray", "定型喷雾", 350, 500),
            ("deodorant", "止汗喷雾", 200, 300),
            ("air freshener", "空气清新剂", 400, 600),
            ("insect spray", "杀虫喷雾", 500, 700),
            ("dry shampoo", "干发喷雾", 250, 400),
        ),
        (_MARKET, _POS),
        hazard=Hazard.FLAMMABLE,
    ),
    Category(
        "electronics",
        Temperature.AMBIENT,
        (("black", "黑色"), ("white", "白色"), ("compact", "迷你"), ("pro", "专业版"), ("kids", "儿童")),
        (
            ("power bank", "充电宝", 300, 500),
            ("earphones", "耳机", 150, 600),
            ("toothbrush", "电动牙刷", 350, 900),
            ("tablet", "平板电脑", 700, 2000),
            ("lamp", "充电台灯", 800, 4500),
        ),
        (_LIVE, _MARKET),
        hazard=Hazard.BATTERY,
    ),
    Category(
        "phones",
        Temperature.AMBIENT,
        (("black", "黑色"), ("white", "白色"), ("blue", "蓝色"), ("green", "绿色"), ("rose-gold", "玫瑰金")),
        (
            ("phone", "手机", 400, 900),
            ("large phone", "大屏手机", 480, 1100),
            ("small phone", "小屏手机", 320, 700),
            ("folding phone", "折叠屏手机", 520, 1200),
            ("rugged phone", "三防手机", 600, 1300),
        ),
        (_LIVE, _MARKET),
        hazard=Hazard.BATTERY,
    ),
    Category(
        "glass-and-china",
        Temperature.AMBIENT,
        (("clear", "透明"), ("blue", "青花"), ("hand-painted", "手绘"), ("large", "大号"), ("gift-box", "礼盒装")),
        (
            ("wine glasses", "红酒杯", 900, 6000),
            ("vase", "花瓶", 1400, 8000),
            ("mug", "马克杯", 400, 1500),
            ("plates", "餐盘", 1800, 4500),
            ("teapot", "茶壶", 900, 3500),
        ),
        (_LIVE, _MARKET),
        fragile=True,
    ),
    Category(
        "large-screens",
        Temperature.AMBIENT,
        (("55-inch", "55英寸"), ("65-inch", "65英寸"), ("curved", "曲面"), ("wall-mount", "壁挂"), ("art", "画框")),
        (
            ("television", "电视", 18000, 160000),
            ("gaming monitor", "电竞显示器", 9000, 90000),
            ("smart display", "智慧屏", 14000, 120000),
            ("projector screen", "投影幕", 11000, 80000),
            ("whiteboard", "电子白板", 22000, 200000),
        ),
        (_MARKET,),
        fragile=True,
    ),
    Category(
        "large-appliances",
        Temperature.AMBIENT,
        (("8-kilo", "8公斤"), ("10-kilo", "10公斤"), ("12-kilo", "12公斤"), ("slim", "超薄"), ("heat-pump", "热泵")),
        (
            ("washing machine", "洗衣机", 65000, 420000),
            ("drum washer", "滚筒洗衣机", 68000, 420000),
            ("washer-dryer", "洗烘一体机", 76000, 430000),
            ("tumble dryer", "干衣机", 50000, 400000),
            ("laundry tower", "洗烘套装", 120000, 860000),
        ),
        (_MARKET,),
        crew=2,
        only_warehouses=True,
    ),
)

CATEGORY_BY_NAME = {category.name: category for category in CATEGORIES}
STAPLE_SKU_IDS = ("durian-mille-crepe", "local-pak-choi", "local-tomatoes", "fresh-milk", "soft-tissues")
"""What every site with the right zone has in stock."""

LINES = ("freeze_dried", "staple", "supplement")
"""The values of the attribute `line`. Sites take turns: each has the goods of one of them."""
LINE_STAPLE_SKU_IDS = ("salmon-freeze-dried-cat-meal", "chicken-cat-food", "hairball-cat-paste")
"""What every site of a line has, one for each."""


def all_skus() -> tuple[Sku, ...]:
    return tuple(sku for category in CATEGORIES for sku in category.skus())
