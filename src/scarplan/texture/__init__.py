"""Texture: how rough scar-free skin is, by the parameters of ISO 25178."""

from scarplan.texture.feature import feature_parameters as feature_parameters
from scarplan.texture.height import height_parameters as height_parameters
from scarplan.texture.height import volume_parameters as volume_parameters
from scarplan.texture.hybrid import hybrid_parameters as hybrid_parameters
from scarplan.texture.material_ratio import functional_parameters as functional_parameters
from scarplan.texture.material_ratio import material_height as material_height
from scarplan.texture.material_ratio import material_ratio as material_ratio
from scarplan.texture.measure import Area as Area
from scarplan.texture.measure import Measured as Measured
from scarplan.texture.measure import Texture as Texture
from scarplan.texture.measure import pool_areas as pool_areas
from scarplan.texture.measure import split_areas as split_areas
from scarplan.texture.parameters import PARAMETERS as PARAMETERS
from scarplan.texture.scale import Filters as Filters
from scarplan.texture.scale import ScaleLimited as ScaleLimited
from scarplan.texture.scale import choose_filters as choose_filters
from scarplan.texture.scale import limit_scale as limit_scale
from scarplan.texture.scale import noise_sq_um as noise_sq_um
from scarplan.texture.spatial import correlate as correlate
from scarplan.texture.spatial import spatial_parameters as spatial_parameters
