"""Fitting the population to published trials, and what the fit predicts for arms it never saw.

emulator.py     from protocol and parameters to how much shallower each kind of scar gets
queries.py      arms, rows and contrasts that are asked for
targets.py      published figures as rows; queries made from trials
effects.py      what adds to improvement besides the simulated course
design.py       rows as arrays
data_of_fit.py  what a fit sees, and what is left out of it
marginal.py     the Gaussian part, integrated out and drawn back
pigment.py      dark patches
model.py        the statistical model (NumPyro)
fit.py          the sampler (NumPyro)
diagnostics.py  R-hat, effective size
posterior.py    the posterior as a file
predict.py      predictions of arms never seen
score.py        CRPS, intervals, order of arms
leave_out.py    each trial predicted without itself
reference.py    predictions of another model, to compare with

Files are imported one by one: the sampler is not needed to predict.
"""
