"""The objectives by the names that a recipe gives them."""

from . import Objective, Settings
from .byol import Byol, ByolSettings
from .continuation import Continuation, ContinuationSettings
from .descriptors import Descriptors, DescriptorsSettings
from .distil import Distil, DistilSettings
from .identity import Identity, IdentitySettings
from .predictive import Apc, ApcSettings, Cpc, CpcSettings
from .triplet import Triplet, TripletSettings
from .vae import Vae, VaeSettings

OBJECTIVES: dict[str, tuple[type[Objective], type[Settings]]] = {
    "continuation": (Continuation, ContinuationSettings),
    "triplet": (Triplet, TripletSettings),
    "byol": (Byol, ByolSettings),
    "vae": (Vae, VaeSettings),
    "cpc": (Cpc, CpcSettings),
    "apc": (Apc, ApcSettings),
    "identity": (Identity, IdentitySettings),
    "distil": (Distil, DistilSettings),
    "descriptors": (Descriptors, DescriptorsSettings),
}
