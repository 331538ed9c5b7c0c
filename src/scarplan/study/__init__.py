"""Study: agreement and repeatability, blinding, and the analysis of split-face and parallel studies."""
