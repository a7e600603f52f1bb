# Reference results for the reliability of questionnaires, frozen in reliability.json.
#
# Run from anywhere: Rscript tests/instruments/questionnaires/reference/reliability.R
# Debian: r-base-core r-cran-psych r-cran-jsonlite
#
# alpha and Feldt's interval by psych::alpha; omega total by psych::omega with one factor, which
# works on correlations, and on covariances from the unique variances of psych::fa.

suppressMessages({
  library(jsonlite)
  library(psych)
})

here <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))))
answers <- read.csv(file.path(here, "answers.csv"))
parts <- answers[, grep("^item_", names(answers))]

of <- function(x) {
  found <- suppressWarnings(alpha(x, check.keys = FALSE, warnings = FALSE))
  factor <- suppressWarnings(fa(x, nfactors = 1, fm = "minres"))
  covariance <- cov(x)
  list(
    n = nrow(x), k = ncol(x),
    alpha = found$total$raw_alpha,
    feldt = as.numeric(c(found$feldt$lower.ci, found$feldt$upper.ci)),
    omega_of_correlations = suppressMessages(suppressWarnings(
      omega(x, nfactors = 1, plot = FALSE)$omega.tot
    )),
    omega = 1 - sum(factor$uniquenesses * diag(covariance)) / sum(covariance)
  )
}

write_json(
  list(
    made_with = list(R = R.version.string, psych = as.character(packageVersion("psych"))),
    all = of(parts),
    "first four" = of(parts[, 1:4]),
    "thirty forms" = of(parts[1:30, ])
  ),
  file.path(here, "reliability.json"),
  digits = I(10), auto_unbox = TRUE, pretty = 2
)
