# Reference results for agreement with ratings, frozen in validity.json.
#
# Run from anywhere: Rscript tests/validity/reference/validity.R
# Debian: r-base-core r-cran-psych r-cran-jsonlite
#
# sessions.csv, turns.csv: invented, made by validity_data.py. Correlations by stats::cor, partial
# ones by psych::partial.r on ranks, the AUC by stats::wilcox.test, pooled correlations within
# sessions by psych::statsBy, the calibration line by stats::lm.

suppressMessages({
  library(psych)
  library(jsonlite)
})

here <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))))
sessions <- read.csv(file.path(here, "sessions.csv"))
turns <- read.csv(file.path(here, "turns.csv"))

ranked <- as.data.frame(lapply(sessions[c("score", "rating", "words", "turns")], rank))
partialled <- function(data, given) {
  unclass(partial.r(data, c("score", "rating"), given))["score", "rating"]
}

centred <- sessions
for (name in c("score", "rating")) {
  # Rounded, so that equal values tie: means of tenths differ in the last bits.
  centred[[name]] <- round(sessions[[name]] - ave(sessions[[name]], sessions$patient), 9)
}
means <- round(aggregate(cbind(score, rating) ~ patient, data = sessions, FUN = mean), 9)

u <- wilcox.test(
  sessions$score[sessions$flag == 0], sessions$score[sessions$flag == 1], exact = FALSE
)$statistic
# Every session has the same times, so their means do not vary; only what is within is used.
within <- suppressWarnings(statsBy(turns, "session"))$rwg
inside <- turns
for (name in c("score", "rating", "words", "time")) {
  inside[[name]] <- turns[[name]] - ave(turns[[name]], turns$session)
}
line <- lm(rating ~ score, data = sessions)

results <- list(
  spearman = cor(sessions$score, sessions$rating, method = "spearman"),
  pearson = cor(sessions$score, sessions$rating),
  spearman_words_out = partialled(ranked, "words"),
  spearman_length_out = partialled(ranked, c("words", "turns")),
  pearson_length_out = partialled(sessions, c("words", "turns")),
  within_patient = cor(centred$score, centred$rating, method = "spearman"),
  between_patients = cor(means$score, means$rating, method = "spearman"),
  auc = unname(u) / (sum(sessions$flag == 1) * sum(sessions$flag == 0)),
  turn = within["score.wg", "rating.wg"],
  turn_position_alone = within["time.wg", "rating.wg"],
  turn_position_out = partialled(inside, "time"),
  turn_both_out = partialled(inside, c("words", "time")),
  calibration_intercept = unname(coef(line)[1]),
  calibration_slope = unname(coef(line)[2]),
  rmse = sqrt(mean((sessions$rating - sessions$score)^2)),
  mae = mean(abs(sessions$rating - sessions$score)),
  rmse_of_mean = sqrt(mean((sessions$rating - mean(sessions$rating))^2)),
  mae_of_mean = mean(abs(sessions$rating - mean(sessions$rating)))
)
write(toJSON(results, digits = 15, auto_unbox = TRUE, pretty = TRUE), file.path(here, "validity.json"))
