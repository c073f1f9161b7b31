"""The tables of a recipe: every key of a training run with its bounds and its meaning."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Table(BaseModel):
    """A table of a recipe: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Adam(Table):
    """One network's optimiser (Kingma & Ba 2014, 1412.6980)."""

    rate: float = Field(2e-4, gt=0, description="learning rate")
    beta1: float = Field(0.5, ge=0, lt=1)
    beta2: float = Field(0.999, ge=0, lt=1)
    muon: float = Field(
        0.0, ge=0, le=10, description="matrices take orthogonal steps, so many rates long (training/muon.py); 0: Adam's"
    )


class Optimizers(Table):
    """The networks' optimisers and what they share."""

    generator: Adam = Adam()
    discriminator: Adam = Adam()
    classifier: Adam = Adam(rate=1e-3, beta1=0.9)
    decay: float = Field(0.0, ge=0, le=1, description="share of the run, at its end, in which rates fall")
    decay_to: float = Field(0.1, gt=0, le=1, description="what the rates fall to, as a share of themselves")


class Average(Table):
    """The exponential moving average of the generator, which is what is kept and shown."""

    half_life: int = Field(10_000, ge=0, description="in real images; 0 keeps the raw weights")
    ramp: float = Field(0.05, ge=0, description="the half-life is at most this share of the images seen; 0: no ramp")


class Pictures(Table):
    """How pictures reach the networks."""

    flip: bool = Field(True, description="mirror half of them")
    crop: int = Field(0, ge=0, description="shift by up to this many pixels")
    balance: tuple[str, ...] = Field((), description="attributes whose values are shown equally often")
    stream: Literal["auto", "always", "never"] = Field("auto", description="auto: streamed where they fill the memory")
    buffer: int = Field(1024, ge=16, le=2**20, description="MiB for streamed pictures; their order depends on it")
    held_out: float = Field(0.0, ge=0, lt=1e9, description="kept out of training: below 1 a share, else a number")

    @field_validator("held_out")
    @classmethod
    def _whole(cls, value: float) -> float:
        if value >= 1 and value != int(value):
            raise ValueError("use a share below 1, or a whole number of pictures")
        return value


class Penalty(Table):
    """What keeps the discriminator smooth and the generator even; 0 leaves a penalty out."""

    clip: float = Field(0.0, ge=0, description="discriminator weights are held within ± this (WGAN: 0.01)")
    gradient: float = Field(0.0, ge=0, description="weight of WGAN-GP's penalty between real and made (10)")
    r1: float = Field(0.0, ge=0, description="γ: γ/2 times the squared slope at real pictures")
    r2: float = Field(0.0, ge=0, description="γ: γ/2 times the squared slope at made pictures")
    every: int = Field(1, ge=1, description="the three above in every so many discriminator steps (lazily: 16)")
    drift: float = Field(0.0, ge=0, description="weight of the squared logits of real pictures (PGGAN: 0.001)")
    path_length: float = Field(0.0, ge=0, description="weight of StyleGAN2's path length penalty (2)")
    path_every: int = Field(4, ge=1, description="in every so many generator steps")


class Softening(Table):
    """What makes the discriminator's task less sharp."""

    labels: float = Field(0.0, ge=0, lt=0.5, description="one-sided label smoothing: real pictures count as 1 − this")
    noise: float = Field(0.0, ge=0, le=1, description="standard deviation of noise on real and made pictures")
    noise_images: int = Field(0, ge=0, description="over how many images the noise falls to nothing; 0: it stays")
    class_weights: tuple[str, ...] = Field((), description="attributes whose rare values weigh more in the losses")


class Conditioning(Table):
    """How labels reach the networks."""

    dropout: float = Field(0.0, ge=0, lt=1, description="share of label rows made unknown")
    ramp: int = Field(0, ge=0, description="over how many images the labels come in; 0: from the start")
    classifier: float = Field(
        0.0, ge=0, le=1000, description="pull of an auxiliary classifier, in times the discriminator's"
    )
    classifier_width: int = Field(32, ge=4, le=1024, description="channels of that classifier's first layer")


class Augmentation(Table):
    """What both players' pictures go through before the discriminator sees them."""

    kind: Literal["none", "ada", "diffaugment"] = "none"
    groups: tuple[str, ...] = Field((), description="of transforms; empty: the kind's own")
    control: Literal["fixed", "scheduled", "adaptive"] = Field("fixed", description="how the strength is set")
    p: float = Field(0.0, ge=0, le=1, description="strength: fixed, at the end of the schedule, or to begin with")
    images: int = Field(500_000, ge=1, description="scheduled: to rise over; adaptive: to go from 0 to 1 in, at most")
    target: float = Field(0.6, gt=-1, lt=1, description="adaptive: the mean of sign(D(real)) to hold")


class Growth(Table):
    """Progressive growing (1710.10196): from a low resolution up to the recipe's."""

    start: int = Field(0, ge=0, description="resolution to begin with; 0: no growing")
    fade: int = Field(0, ge=0, description="images over which a new resolution is faded in")
    stable: int = Field(0, ge=0, description="images at each resolution after that; the last one stays to the end")
    batch: dict[str, int] = Field({}, description="batch by resolution where it is another")
    rate: dict[str, float] = Field({}, description="share of the learning rates by resolution where it is another")


class BurnIn(Table):
    """A cosine from the start's values to the lasting ones (2501.05441, appendix): 0 images leaves it out."""

    images: int = Field(0, ge=0, description="length; the average's half-life rises from 0 over it")
    rate: float = Field(1.0, gt=0, description="what learning rates end at, as a share of the recipe's")
    beta2: float = Field(0.0, ge=0, lt=1, description="what Adam's beta2 ends at; 0: it stays")
    penalty: float = Field(1.0, ge=0, description="what r1 and r2 end at, as a share of the recipe's")


class Probe(Table):
    """What is measured of the networks themselves while they train; it changes nothing in them."""

    every: int = Field(0, ge=0, description="in real images; 0: never")
    pictures: int = Field(64, ge=16, le=4096, description="made pictures each time, and as many real ones")


class Metrics(Table):
    """A quick metric of samples while the run trains; the best model by it is kept as ``best``."""

    quick: Literal["none", "kernel", "frechet"] = Field("none", description="a distance to real pictures, or none")
    every: int = Field(10_000, ge=1, description="in real images")
    samples: int = Field(1_000, ge=16, le=50_000, description="made each time, and real pictures to compare with")
    features: str = Field("labeler", description="what looks at them: labeler, inception or the path of an .onnx")


class Lesson(Table):
    """The illustrator's own drawing as what the generator should have drawn (``training/lesson.py``)."""

    weight: float = Field(0.0, ge=0, le=1000, description="of the distance to it in the generator's loss; 0: no lesson")
    detail: float = Field(0.0, ge=0, lt=1, description="share of it that is weighed by how much there is to see")
    words: float = Field(0.0, ge=0, lt=1, description="share of it that is weighed by what a place says of words")
    squares: float = Field(0.0, ge=0, le=1, description="share of it that is squared: what is rare is learned sooner")
    judge: float = Field(0.0, ge=0, le=100, description="of the distance of what the bundled labeler sees in both")
    alone: int = Field(0, ge=0, description="real images before the game begins; until then there is only the lesson")


class Adaptation(Table):
    """Another style from few pictures, by a model that is begun from and kept (``training/adapting.py``)."""

    judge: Literal["own", "labeler"] = Field("own", description="labeler: it sees as the bundled labeler does")
    consistency: float = Field(0.0, ge=0, le=1e6, description="weight of distances that stay as in the model; 0: none")
    batch: int = Field(4, ge=3, le=256, description="pictures whose distances are compared")
    anchors: int = Field(0, ge=0, le=4096, description="points of the latent judged whole, all else by patches; 0: no")
    spread: float = Field(0.05, ge=0, le=1, description="standard deviation of the noise around an anchor")
    first: int = Field(0, ge=0, description="real images in which only the judge learns")


class Style(Table):
    """A style that pictures are drawn to beside the game (``training/style.py``)."""

    weight: float = Field(0.0, ge=0, le=1e4, description="of the distance of Grams in a phase of its own; 0: no style")
    pictures: str = Field("", description="a picture, a folder or zip of pictures, or a data set")
    layers: tuple[str, ...] = Field((), description="of VGG19; empty: conv1_1, conv2_1 and conv3_1")
    grey: bool = Field(False, description="only how light pictures are counts, and colours stay as they are")
    enlarge: Literal[1, 2, 4] = Field(1, description="how many times as large pictures are looked at")
    every: int = Field(1, ge=1, description="in every so many generator steps")
    digest: str = Field("", description="of the pictures and of VGG19; a run writes it, and goes on with no others")


class Translation(Table):
    """What a translator of photos minimises (``training/translation.py``); all 0 where avatars are made."""

    initial: int = Field(0, ge=0, description="real images in which the generator learns to keep the content alone")
    adversarial: float = Field(0.0, ge=0, le=1e4, description="weight of what the discriminator says of translations")
    content: float = Field(0.0, ge=0, le=1e4, description="of what VGG19 sees otherwise than in the photo")
    content_layer: Literal["auto", "conv3_4", "conv4_4"] = Field(
        "auto", description="auto: conv4_4 where the whole VGG19 is here, else conv3_4; a run keeps what it began with"
    )
    style: float = Field(0.0, ge=0, le=1e4, description="of the Grams of drawings without colours")
    colour: float = Field(0.0, ge=0, le=1e4, description="of the photo's colours, as YUV")
    variation: float = Field(0.0, ge=0, le=1e4, description="of the slopes from pixel to pixel")
    smooth: float = Field(0.0, ge=0, le=100, description="of edge-smoothed drawings as negatives; 0: without them")
    grey: float = Field(0.0, ge=0, le=100, description="of drawings without colours as negatives; smoothed ones too")
    cycle: float = Field(0.0, ge=0, le=1e4, description="of what does not come back from there and back again")
    identity: float = Field(0.0, ge=0, le=1e4, description="of what is changed in what is drawn (or a photo) already")


class Painting(Table):
    """What a painter of pictures minimises (``training/painting.py``); all 0 where nothing is painted."""

    content: float = Field(0.0, ge=0, le=1e4, description="weight of where places stand out in what VGG19 sees")
    style: float = Field(0.0, ge=0, le=1e4, description="of means and deviations of what it sees")
    local: float = Field(0.0, ge=0, le=1e4, description="of what each place should look like (AdaAttN)")
    identity: float = Field(
        0.0, ge=0, le=1e4, description="of the pixels of a picture that is painted like itself (SANet)"
    )
    identity_seen: float = Field(0.0, ge=0, le=1e4, description="and of what VGG19 sees in it")
    identity_every: int = Field(1, ge=1, description="both in every so many steps")
    variation: float = Field(0.0, ge=0, le=1e4, description="of the slopes from pixel to pixel")
    layers: tuple[str, ...] = Field(
        (), description="of VGG19, by which style is judged; empty: conv1_1, conv2_1, conv3_1"
    )


class Output(Table):
    """What a run writes, and how often (in real images seen)."""

    metrics_every: int = Field(2_000, ge=1)
    samples_every: int = Field(20_000, ge=1)
    checkpoint_every: int = Field(50_000, ge=1)
    checkpoint_minutes: float = Field(5.0, gt=0, description="and at least this often by the clock")
    keep: int = Field(2, ge=1, description="how many checkpoints stay")
