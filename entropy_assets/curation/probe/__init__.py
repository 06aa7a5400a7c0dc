"""The probe: a small byte model that is trained in one pass to measure L, the loss of a set of texts.

Files in reading order: `params` (settings), `model` (a transformer as functions), `packing` (texts to
windows), `checkpoint`, `evaluation` (loss without training), `training` (one pass), `tasks`
(many runs at a time); `language`, a language model in its place; `measuring`, runs of either. This page is
the face; importing it does not import torch.

Why these defaults. One thread of a shared machine with 2 cores (AVX-512, no bf16) and 24 GiB, torch
2.13, one seed each. **from scratch**: L over 524,288 bytes of English instruction text (Alpaca demo,
GPTeacher roleplay, GSM8K). **same**, **new**: L over 65,536 bytes when going on from that checkpoint,
with the same kind of text and with dialogue it has not seen. **words**: mean (sd) of the rise of a
record's loss when its words are shuffled, in sd of the clean records' losses, on GSM8K and dialogue. **kB/s**
is training speed by processor time; the machine was busy, so it is good to about a quarter. Same and
GSM8K share about a tenth of their records with the first training, a tenth that flatters every row alike.

=============================  ============  =====  =====  =======================  ====
settings                       from scratch  same   new    words: GSM8K, dialogue   kB/s
=============================  ============  =====  =====  =======================  ====
defaults                       2.641         2.281  2.171  2.25 (.50), 1.45 (.35)   55
max_ngram 1, rate 0.001        3.785         3.635  3.440  0.32 (.15), 0.06 (.16)   93
max_ngram 3                    2.853         2.554  2.359  1.56 (.40), 1.12 (.30)   74
max_ngram 4                    2.693         2.357  2.212  1.96 (.45), 1.32 (.33)   75
max_ngram 6                    2.628         2.259  2.155  2.32 (.52), 1.57 (.37)   66
ngram_rows 8192                2.596         2.241  2.141  2.37 (.53), 1.55 (.35)   58
batch_size 4                   2.645         2.304  2.143  2.21 (.50), 1.44 (.35)   49
batch_size 16                  2.654         2.272  2.249  2.35 (.53), 1.40 (.34)   73
context 256, batch_size 4      2.629         2.269  2.158  2.29 (.49), 1.46 (.36)   63
depth 2                        2.632         2.260  2.150  2.35 (.52), 1.43 (.34)   19
depth 3                        2.641         2.243  2.133  2.47 (.56), 1.51 (.36)   8
=============================  ============  =====  =====  =======================  ====

* On the same bytes an adaptive count model (Witten-Bell) costs 3.614 at order 1, 2.965 at order 2 and
  2.513 at order 3. The probe is below order 2 and above order 3: what it sees is mostly local.
* The n-gram tables do most of the work. In a prototype with no block at all L was 0.02 higher. A deeper
  model needs more bytes than a verdict can pay for.
* Going on at a quarter of the rate from scratch was picked in a prototype (same, new): 2.335, 2.010 at
  one half; 2.298, 2.164 at a quarter; 2.282, 2.437 at a tenth.
* More rows or longer n-grams lower L by 0.01 to 0.05; the checkpoint of 4.6 MB grows with them.
* With layer norm, ReLU and learned positions, instead of RMS norm, squared ReLU and rotary positions,
  depth 1 trained at about 57 instead of 46 kB/s in a first look: each of those is several passes over
  memory on a CPU.
* Noise: L of 65,536 bytes going on from that checkpoint has a standard deviation over 8 samples of 0.017
  on GSM8K (mean 2.206), 0.032 on roleplay and 0.085 on the mixture; shuffling the words of GSM8K
  raises its L by 0.42.
"""

from entropy_assets.curation.probe.evaluation import HeldoutLoss, heldout_bpb, record_losses
from entropy_assets.curation.probe.language import (
    LanguageProbeParams,
    LanguageTask,
    fine_tune,
    language_losses,
    losses_under,
)
from entropy_assets.curation.probe.measuring import AnyParams, AnyTask, losses_of, measure_probes
from entropy_assets.curation.probe.params import ProbeParams
from entropy_assets.curation.probe.task import ProbeTask
from entropy_assets.curation.probe.tasks import run_probes
from entropy_assets.curation.probe.training import ProbeRun, train_probe

__all__ = [
    "AnyParams",
    "AnyTask",
    "HeldoutLoss",
    "LanguageProbeParams",
    "LanguageTask",
    "ProbeParams",
    "ProbeRun",
    "ProbeTask",
    "fine_tune",
    "heldout_bpb",
    "language_losses",
    "losses_of",
    "losses_under",
    "measure_probes",
    "record_losses",
    "run_probes",
    "train_probe",
]
