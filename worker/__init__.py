"""newsworker: news in, structured political events out."""

import os

# One BLAS thread a process: workers are processes, and a second thread only waits, busily. It has to be said before anything
# loads numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
