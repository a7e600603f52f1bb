# Reference results for intraclass correlations, frozen in intraclass.json beside this file.
#
# Run from anywhere: Rscript tests/psychometrics/reference/intraclass.R
# Debian: r-base-core r-cran-psych r-cran-jsonlite
#
# psych::ICC by analysis of variance: ICC2 is ICC(A,1), ICC3 is ICC(C,1), ICC2k is ICC(A,k).

suppressMessages({
  library(jsonlite)
  library(psych)
})

here <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))))

set.seed(71)
truth <- rnorm(30)
sets <- list(
  "six targets, four judges" = matrix(
    c(9, 6, 8, 7, 10, 6, 2, 1, 4, 1, 5, 2, 5, 3, 6, 2, 6, 4, 8, 2, 8, 6, 9, 7), ncol = 4
  ),
  "three judges, one of them lenient" =
    round(4 + truth + matrix(rnorm(90, sd = 0.8), ncol = 3) + rep(c(0, 0.2, 1.1), each = 30), 3),
  "two judges" = round(4 + truth[1:25] + matrix(rnorm(50, sd = 0.6), ncol = 2), 3),
  "five judges who agree on nothing" = round(matrix(rnorm(60), ncol = 5), 3)
)

found <- lapply(sets, function(ratings) {
  table <- suppressWarnings(ICC(ratings, lmer = FALSE)$results)
  of <- function(type) {
    row <- table[table$type == type, ]
    c(row$ICC, row$`lower bound`, row$`upper bound`)
  }
  list(ratings = ratings, "icc(A,1)" = of("ICC2"), "icc(C,1)" = of("ICC3"), "icc(A,k)" = of("ICC2k"))
})

write_json(
  list(
    made_with = list(R = R.version.string, psych = as.character(packageVersion("psych"))),
    sets = found
  ),
  file.path(here, "intraclass.json"), digits = I(10), auto_unbox = TRUE, pretty = 2, na = "null"
)
