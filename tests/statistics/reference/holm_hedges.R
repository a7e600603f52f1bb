# Reference results for Holm's adjustment and Hedges' g, frozen in holm_hedges.json.
#
# Run from anywhere: Rscript tests/statistics/reference/holm_hedges.R
# Debian: r-base-core r-cran-jsonlite
#
# Holm by stats::p.adjust. Hedges' g from its definition in base R, the correction by gamma() itself
# and not by its usual approximation 1 - 3 / (4 df - 1).

library(jsonlite)

here <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))))

families <- list(
  "distinct" = c(0.0004, 0.031, 0.012, 0.25, 0.049, 0.0125),
  "ties" = c(0.02, 0.02, 0.02, 0.5, 0.5),
  "not monotone before the running maximum" = c(0.010, 0.011, 0.012, 0.013),
  "at the ends" = c(0, 1, 0.6, 1e-300),
  "one test" = 0.03,
  "tests that could not be made" = c(NA, 0.04, 0.01, NA, 0.03),
  "no test could be made" = c(NA_real_, NA_real_)
)
adjusted <- lapply(families, function(p) {
  list(p_values = I(p), adjusted = I(p.adjust(p, method = "holm")))
})

correction <- function(df) gamma(df / 2) / (sqrt(df / 2) * gamma((df - 1) / 2))

g_two <- function(a, b) {
  df <- length(a) + length(b) - 2
  pooled <- sqrt(((length(a) - 1) * var(a) + (length(b) - 1) * var(b)) / df)
  correction(df) * (mean(a) - mean(b)) / pooled
}
g_one <- function(a) correction(length(a) - 1) * mean(a) / sd(a)

data <- read.csv(file.path(here, "mixed_groups.csv"))
groups <- split(data$gap, data$condition)
pairs <- combn(names(groups), 2, simplify = FALSE)

small <- list(a = c(1.5, 2.25, 0.75), b = c(0.5, -0.25))

write_json(
  list(
    made_with = list(
      R = R.version.string, jsonlite = as.character(packageVersion("jsonlite"))
    ),
    holm = adjusted,
    hedges = list(
      one = lapply(groups, g_one),
      two = lapply(pairs, function(pair) {
        list(a = pair[1], b = pair[2], g = g_two(groups[[pair[1]]], groups[[pair[2]]]))
      }),
      small = c(small, list(one = g_one(small$a), two = g_two(small$a, small$b)))
    )
  ),
  file.path(here, "holm_hedges.json"),
  digits = I(10), auto_unbox = TRUE, pretty = 2, na = "null"
)
