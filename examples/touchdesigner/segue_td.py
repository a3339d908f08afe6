# Segue in TouchDesigner. Paste this into a Text DAT, then right-click it > Run Script.
#
# It makes a component 'segue' beside the Text DAT, replacing one made earlier, and asks Segue on this computer for its
# messages; nothing has to be configured. Inside: 'live', 'now' and 'next' (CHOPs), 'now_text' and 'next_text' (tables),
# 'my_events' (what happens on a beat, a phrase, a new track: yours to fill), 'picture' (a TOP that shows all of it).

HOST, PORT = "127.0.0.1", 17100  # where 'segue run' listens
NUM_PORT, TEXT_PORT = 17110, 17111  # where TouchDesigner listens: a CHOP and a DAT cannot share a port
ROOT = "/segue"

CALLBACKS = r"""
# Filled by segue_td.py. Puts Segue's text into two tables, and tells 'my_events' what happens.
ROOT = '@ROOT@'
SLOTS = 8
coming = {}     # the list that is being sent: slot -> row
coming_rev = None
shown_rev = None    # of the list in the table: Accept and Reject name it, so that they never mean another list
heard_s = None      # when Segue last said that it is there


def rows(table):
    return [[cell.val for cell in table.row(r)] for r in range(table.numRows)]


def tell(home, name, *args):
    module = home.op('my_events').module
    if hasattr(module, name):
        getattr(module, name)(*args)


def look(home):
    global heard_s
    if heard_s is None or absTime.seconds - heard_s < 3:
        return
    heard_s = None      # Segue is gone: what is shown is no longer true
    for table in (home.op('now_text'), home.op('next_text')):
        for r in range(1, table.numRows):
            for c in range(1, len(table.row(r))):
                table[r, c] = ''
    tell(home, 'onNow', 'now', '', '', '', '')
    tell(home, 'onNext', rows(home.op('next_text'))[1:])


def onReceiveOSC(dat, rowIndex, message, byteData, timeStamp, address, args, peer):
    global coming, coming_rev, shown_rev, heard_s
    if not address.startswith(ROOT + '/'):
        return
    home = dat.parent()
    place, *rest = address[len(ROOT) + 1:].split('/')

    if place == 'ev':
        tell(home, 'on' + rest[0].capitalize(), *args)

    elif place == 'status' and rest == ['alive']:
        heard_s = absTime.seconds

    elif place in ('now', 'now2') and rest in (['track'], ['none']):
        table = home.op('now_text')
        row = 1 if place == 'now' else 2
        fields = list(args[1:5]) if rest == ['track'] else ['', '', '', '']
        if [table[row, c].val for c in range(1, 5)] != fields:
            for c, value in enumerate(fields, 1):
                table[row, c] = value
            tell(home, 'onNow', place, *fields)

    elif place == 'next' and rest == ['begin']:
        coming_rev, coming = args[0], {}

    elif place == 'next' and rest == ['commit']:
        if args[0] != coming_rev:       # its begin was lost; it is all sent again within ten seconds
            return
        table = home.op('next_text')
        before = rows(table)
        for slot, fields in coming.items():
            for c, value in enumerate(fields, 1):
                table[slot, c] = value
        shown_rev, coming_rev, coming = args[0], None, {}
        if rows(table) != before:
            tell(home, 'onNext', rows(table)[1:])

    elif place == 'next' and len(rest) == 2 and args and args[0] == coming_rev:
        slot = int(rest[0][1:])
        fields = coming.setdefault(slot, [''] * 6)
        if rest[1] == 'track':
            fields[:5] = args[1:6]
        elif rest[1] == 'path':
            fields[5] = args[2]
"""

MY_EVENTS = r"""
# Yours: what should happen. op('..') is the component 'segue'.
def onBeat(count, beat_in_bar, bpm):
    return

def onDownbeat(count):
    return

def onPhrase(count):
    return

def onTransition(count):
    return

def onNow(deck, id, artist, title, key):    # deck is 'now' or 'now2' (while two are audible); all empty: unknown
    return

def onNext(rows):                           # each row: slot, id, artist, title, key, reasons, path
    return
"""

BUTTONS = r"""
# The buttons and faders on the page 'Segue' of the component become OSC.
def send(address, *values):
    op('out').sendOSC('@ROOT@' + address, list(values))

def onPulse(par):
    slot = parent().par.Slot.eval()
    if par.name in ('Accept', 'Reject'):
        rev = op('text_callbacks').module.shown_rev
        send('/ctl/' + par.name.lower(), slot, *([] if rev is None else [rev]))
    elif par.name in ('Lock', 'Unlock'):
        send('/ctl/lock', slot, int(par.name == 'Lock'))
    elif par.name == 'Refresh':
        send('/ctl/refresh', 1)

def onValueChange(par, prev):
    if par.name == 'Energy':
        send('/ctl/energy', float(par.eval()))
"""

SUBSCRIBE = r"""
# Asks Segue for its messages every 10 seconds, so that it may start later or start anew, and looks whether it is there.
def onFrameStart(frame):
    op('text_callbacks').module.look(parent())
    if absTime.frame % int(10 * project.cookRate) == 1:
        subscribe()

def subscribe():
    out = op('out')
    out.sendOSC('@ROOT@/sub', [@NUM_PORT@, 'num', 60.0, 60])
    out.sendOSC('@ROOT@/sub', [@TEXT_PORT@, 'text event', 20.0, 60])
"""


def put(node, **values):
    """Set parameters; one that this build of TouchDesigner calls otherwise is reported, not fatal."""
    for names, value in values.items():
        for name in names.split("__or__"):
            par = getattr(node.par, name, None)
            if par is not None:
                if isinstance(value, str) and value.startswith("="):
                    par.expr = value[1:]
                else:
                    par.val = value
                break
        else:
            print("segue: set", names, "of", node.name, "to", value, "by hand")


def build(network):
    old = network.op("segue")
    if old is not None:
        old.destroy()
    home = network.create(baseCOMP, "segue")

    def node(kind, name, x, y, text=None, source=None, **pars):
        made = home.create(kind, name)
        made.nodeX, made.nodeY, made.viewer = 200 * x, -150 * y, True
        if text is not None:
            for word, value in (("@ROOT@", ROOT), ("@NUM_PORT@", NUM_PORT), ("@TEXT_PORT@", TEXT_PORT)):
                text = text.replace(word, str(value))
            made.text = text
        if source is not None:
            made.inputConnectors[0].connect(source)
        put(made, **pars)
        return made

    # Numbers: one channel an address, such as segue/live/bpm; the selects drop what stands before the last part.
    num = node(oscinCHOP, "num", 0, 0, port=NUM_PORT)
    for y, name in enumerate(("live", "now", "next")):
        pattern = "*" + ROOT[1:] + "/" + name + "/*"
        node(selectCHOP, name, 1, y, source=num, channames=pattern, renamefrom=pattern, renameto="*(1)")

    # Texts and events.
    node(textDAT, "my_events", 1, 4, text=MY_EVENTS)
    node(textDAT, "text_callbacks", 1, 3, text=CALLBACKS)
    tables = (
        ("now_text", ("now", "now2"), ("deck", "id", "artist", "title", "key")),
        ("next_text", range(1, 9), ("slot", "id", "artist", "title", "key", "reasons", "path")),
    )
    for y, (name, rows, head) in enumerate(tables, 3):
        table = node(tableDAT, name, 2, y)
        table.clear()
        table.appendRow(list(head))
        for row in rows:
            table.appendRow([row] + [""] * (len(head) - 1))
    node(oscinDAT, "text", 0, 3, port=TEXT_PORT, callbacks="text_callbacks", splitbundle=True, clamp=True, maxlines=20)

    # The way back.
    page = home.appendCustomPage("Segue")
    slot = page.appendInt("Slot")[0]
    slot.default, slot.val, slot.normMin, slot.normMax = 1, 1, 1, 8
    for name in ("Accept", "Reject", "Lock", "Unlock", "Refresh"):
        page.appendPulse(name)
    energy = page.appendFloat("Energy")[0]
    energy.normMin, energy.normMax = -1, 1
    node(oscoutDAT, "out", 0, 5, address__or__netaddress=HOST, port=PORT)
    node(parameterexecuteDAT, 'buttons', 1, 5, text=BUTTONS, op='..', pars='*', custom=True, builtin=False,
         valuechange=True, onpulse=True)  # fmt: skip
    node(executeDAT, "subscribe", 2, 5, text=SUBSCRIBE, framestart=True)

    # Something that moves.
    pulse = "=0.15 + 0.2 * (1 - (op('live')['phase'] or 0)) * (0.3 + (op('live')['energy'] or 0))"
    disc = node(circleTOP, "pulse", 3, 0, radiusx=pulse, radiusy=pulse, fillcolorr=1, fillcolorg=0.55, fillcolorb=0.1)
    words = node(textTOP, "words", 3, 1)
    put(words, text="=op('now_text')[1, 'title'].val + '\\n\\nnext: ' + op('next_text')[1, 'title'].val")
    over = node(overTOP, "picture", 4, 0, source=words)
    over.inputConnectors[1].connect(disc)
    home.op("subscribe").module.subscribe()
    print("segue: made", home.path)
    return home


build(me.parent())
