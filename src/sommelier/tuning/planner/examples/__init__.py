"""Made-up requests and the frames they mean, over many invented catalogues."""
