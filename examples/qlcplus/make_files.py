"""Writes the QLC+ input profile and the workspace: python examples/qlcplus/make_files.py.

QLC+ turns every OSC address into a channel by a 16-bit checksum of its text (Qt's qChecksum: CRC-16/X-25); a message
with several numbers becomes several addresses with _0, _1, … behind. Of a beat the third number is used, its tempo: the
first is a count, and an int above 255 is read as 0; the second is the place in the bar, 0 while that is not known.
"""

from pathlib import Path

HERE = Path(__file__).parent
BEAT = "/segue/ev/beat_2"
SLIDERS = ("energy", "low", "mid", "high", "phase", "bar_phase")
NONE = 4294967295


def channel(address):
    crc = 0xFFFF
    for byte in address.encode():
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc ^ 0xFFFF


def creator():
    return (
        " <Creator>\n  <Name>Q Light Controller Plus</Name>\n  <Version>4.12.6</Version>\n"
        "  <Author>Segue</Author>\n </Creator>\n"
    )


def profile():
    addresses = {BEAT: "Button"} | {f"/segue/live/{name}": "Slider" for name in SLIDERS}
    addresses |= {"/segue/now/valid": "Button", "/segue/live/silence": "Button"}
    rows = "".join(
        f' <Channel Number="{channel(address)}">\n  <Name>{address}</Name>\n  <Type>{kind}</Type>\n </Channel>\n'
        for address, kind in sorted(addresses.items(), key=lambda item: channel(item[0]))
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE InputProfile>\n"
        f'<InputProfile xmlns="http://www.qlcplus.org/InputProfile">\n{creator()}'
        f" <Manufacturer>Segue</Manufacturer>\n <Model>OSC</Model>\n <Type>OSC</Type>\n{rows}</InputProfile>\n"
    )


def window(x, y, width, height):
    return f'<WindowState Visible="True" X="{x}" Y="{y}" Width="{width}" Height="{height}"/>'


def hears(address):
    return f'<Input Universe="0" Channel="{channel(address)}"/>'


def scene(number, name, levels):
    values = ",".join(f"{lamp},{level}" for lamp, level in enumerate(levels))
    return (
        f'  <Function ID="{number}" Type="Scene" Name="{name}">\n   <Speed FadeIn="0" FadeOut="0" Duration="0"/>\n'
        f'   <FixtureVal ID="0">{values}</FixtureVal>\n  </Function>\n'
    )


def chaser(number, name, order, speed, steps):
    rows = "".join(f'   <Step Number="{k}" FadeIn="0" Hold="0" FadeOut="0">{s}</Step>\n' for k, s in enumerate(steps))
    return (
        f'  <Function ID="{number}" Type="Chaser" Name="{name}">\n   <Speed {speed}/>\n'
        f"   <Direction>Forward</Direction>\n   <RunOrder>{order}</RunOrder>\n"
        f'   <SpeedModes FadeIn="Common" FadeOut="Common" Duration="Common"/>\n{rows}  </Function>\n'
    )


def button(number, caption, function, place, source=""):
    return (
        f'   <Button Caption="{caption}" ID="{number}" Icon="">\n    {window(*place)}\n'
        f'    <Function ID="{function}"/>\n'
        f'    <Action>Toggle</Action>\n    <Intensity Adjust="False">100</Intensity>\n    {source}\n   </Button>\n'
    )


def slider(number, caption, lamp, place, source):
    return (
        f'   <Slider Caption="{caption}" ID="{number}" WidgetStyle="Slider" InvertedAppearance="false">\n'
        f"    {window(*place)}\n"
        '    <SliderMode ValueDisplayStyle="Percentage" ClickAndGoType="None" Monitor="false">Level</SliderMode>\n'
        '    <Level LowLimit="0" HighLimit="255" Value="0">\n'
        f'     <Channel Fixture="1">{lamp}</Channel>\n    </Level>\n'
        f"    <Playback>\n     <Function>{NONE}</Function>\n    </Playback>\n    {source}\n   </Slider>\n"
    )


def fixture(number, name, address, channels):
    return (
        "  <Fixture>\n   <Manufacturer>Generic</Manufacturer>\n   <Model>Generic</Model>\n"
        f"   <Mode>{channels} Channel</Mode>\n   <ID>{number}</ID>\n   <Name>{name}</Name>\n   <Universe>0</Universe>\n"
        f"   <Address>{address}</Address>\n   <Channels>{channels}</Channels>\n  </Fixture>\n"
    )


def workspace():
    engine = fixture(0, "Four lamps", 0, 4) + fixture(1, "Energy, low, mid, high", 4, 4)
    engine += "".join(scene(k, f"Lamp {k + 1}", [255 * (lamp == k) for lamp in range(4)]) for k in range(4))
    engine += scene(4, "All lamps", [255] * 4)
    engine += chaser(5, "Flash", "SingleShot", 'FadeIn="0" FadeOut="150" Duration="60"', [4])
    engine += chaser(6, "Chase", "Loop", 'FadeIn="0" FadeOut="100" Duration="500"', [0, 1, 2, 3])
    console = button(0, "Flash: every beat", 5, (20, 20, 140, 80), hears(BEAT))
    console += button(1, "Chase in tempo: press", 6, (20, 120, 140, 80))
    console += (
        f'   <SpeedDial Caption="Tempo of the chase" ID="2">\n    {window(180, 20, 200, 180)}\n'
        f'    <AbsoluteValue Minimum="200" Maximum="2000"/>\n    <Tap>\n     {hears(BEAT)}\n    </Tap>\n'
        '    <Time>500</Time>\n    <Function FadeIn="0" FadeOut="0" Duration="6">6</Function>\n   </SpeedDial>\n'
    )
    for k, name in enumerate(("energy", "low", "mid", "high")):
        place = (400 + 80 * k, 20, 70, 180)
        console += slider(3 + k, name, k, place, hears(f"/segue/live/{name}"))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Workspace>\n'
        '<Workspace xmlns="http://www.qlcplus.org/Workspace" CurrentWindow="VirtualConsole">\n'
        f"{creator()} <Engine>\n  <InputOutputMap>\n"
        '   <Universe Name="Lamps, and Segue as input" ID="0">\n'
        '    <Input Plugin="OSC" UID="127.0.0.1" Line="0" Profile="Segue OSC"/>\n   </Universe>\n'
        f"  </InputOutputMap>\n{engine} </Engine>\n"
        ' <VirtualConsole>\n  <Frame Caption="">\n'
        "   <Appearance>\n    <FrameStyle>None</FrameStyle>\n   </Appearance>\n"
        f"{console}  </Frame>\n"
        '  <Properties>\n   <Size Width="1000" Height="600"/>\n'
        '   <GrandMaster Visible="1" ChannelMode="Intensity" ValueMode="Reduce" SliderMode="Normal"/>\n'
        "  </Properties>\n </VirtualConsole>\n</Workspace>\n"
    )


def files():
    """Give every file's text by its path."""
    return {HERE / "Segue-OSC.qxi": profile(), HERE / "segue.qxw": workspace()}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, "utf-8")
