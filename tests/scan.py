"""scan.py: what printers, scanners and hands do to the picture of a paper.

scan.py PAGE.png DPI X Y SIDE FOLDER TRIALS: spoils the page in each way, TRIALS times where chance
has a part, into FOLDER/WAY.TRIAL.png or .jpg. X, Y, SIDE: the QR code, in points from the top left.
"""
import random
import sys

from PIL import Image, ImageDraw, ImageFilter

path, dpi, x, y, side, folder, trials = sys.argv[1:]
dpi, x, y, side, trials = int(dpi), float(x), float(y), float(side), int(trials)
page = Image.open(path).convert("L")
left, top, size = (round(v * dpi / 72) for v in (x, y, side))
module = dpi * 0.34 / 25.4


def save(way, image, trial=1, **options):
    image.save(f"{folder}/{way}.{trial}." + ("jpg" if options else "png"), **options)


def turned(image, degrees):
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def blotted(image, share, chance):
    """Black and white discs, 1 to 3 mm across, until they cover a share of the code."""
    image, covered = image.copy(), Image.new("1", (size, size))
    draw, mask = ImageDraw.Draw(image), ImageDraw.Draw(covered)
    while sum(covered.histogram()[1:]) < share * size * size:
        r = chance.uniform(1.5, 4.5) * module
        u, v = chance.uniform(0, size), chance.uniform(0, size)
        mask.ellipse((u - r, v - r, u + r, v + r), fill=1)
        draw.ellipse((left + u - r, top + v - r, left + u + r, top + v + r), fill=chance.choice((0, 255)))
    return image


def thermal(image, chance):
    """Dots that spread, then a scan at 300 dpi, a little askew."""
    spread = Image.blend(image, image.filter(ImageFilter.MinFilter(3)), chance.uniform(0.2, 0.5))
    factor = 300 / dpi
    again = spread.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC)
    noise = Image.effect_noise(again.size, 24)
    return Image.blend(again.rotate(chance.uniform(-2, 2), Image.Resampling.BICUBIC, fillcolor=255), noise, 0.15)


save("plain", page)
for degrees in (3, 10, 45, 180):
    save(f"turned-{degrees}", turned(page, degrees))
save("blurred", page.filter(ImageFilter.GaussianBlur(module / 4)))
for quality in (50, 20):
    save(f"jpeg-{quality}", page, quality=quality)
for trial in range(1, trials + 1):
    chance = random.Random(trial)
    save("blots-5", blotted(page, 0.05, chance), trial)
    save("blots-8", blotted(page, 0.08, chance), trial)
    save("all", turned(blotted(page, 0.03, chance), chance.uniform(-5, 5)).filter(ImageFilter.GaussianBlur(module / 6)), trial,
         quality=50)
    if dpi == 203:
        save("thermal", thermal(page, chance), trial)
