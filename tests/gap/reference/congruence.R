# Reference results for congruence, frozen in congruence.csv beside this file.
#
# Run from anywhere: Rscript tests/gap/reference/congruence.R
# Debian: r-base-core r-cran-lme4 r-cran-lmertest r-cran-psych
#
# single    32 sessions of 32 dyads: stats (lm, cor.test, t.test), psych::ICC and psych::alpha,
#           Lin's formulae and Zou's in base R.
# repeated  sessions of 24 patients of nine therapists: lmerTest for what is a mean or a slope,
#           Bland & Altman's variance components and Zou's intervals in base R, a jackknife over
#           patients in base R.

suppressMessages({
  library(lme4)
  library(lmerTest)
  library(psych)
})

here <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))))
results <- data.frame()

keep <- function(set, quantity, ...) {
  values <- c(...)
  results <<- rbind(
    results, data.frame(set = set, quantity = quantity, field = names(values), value = values)
  )
}

# An estimate, its standard error, df, t interval and p.
from_t <- function(estimate, se, df) {
  half <- qt(0.975, df) * se
  c(estimate = estimate, se = se, df = df, ci_low = estimate - half, ci_high = estimate + half,
    p_val = 2 * pt(-abs(estimate / se), df))
}

combination_lm <- function(fit, weights) {
  from_t(sum(weights * coef(fit)), sqrt(drop(t(weights) %*% vcov(fit) %*% weights)),
         df.residual(fit))
}

combination_lmer <- function(fit, weights) {
  found <- contest1D(fit, weights, confint = TRUE)
  from_t(found$Estimate, found$`Std. Error`, found$df)
}

tight <- lmerControl(
  optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e6),
  check.conv.grad = .makeCC("ignore", tol = 1e-3)
)

surface_weights <- rbind(
  b0 = c(1, 0, 0, 0, 0, 0), b1 = c(0, 1, 0, 0, 0, 0), b2 = c(0, 0, 1, 0, 0, 0),
  b3 = c(0, 0, 0, 1, 0, 0), b4 = c(0, 0, 0, 0, 1, 0), b5 = c(0, 0, 0, 0, 0, 1),
  a1 = c(0, 1, 1, 0, 0, 0), a2 = c(0, 0, 0, 1, 1, 1),
  a3 = c(0, 1, -1, 0, 0, 0), a4 = c(0, 0, 0, 1, -1, 1)
)

prepare <- function(name) {
  d <- read.csv(file.path(here, paste0("congruence_", name, ".csv")))
  d$gap <- d$therapist - d$patient
  d$level <- (d$therapist + d$patient) / 2 - mean((d$therapist + d$patient) / 2)
  d$truth <- d$patient - mean(d$patient)
  d$judgement <- d$therapist - mean(d$patient)
  centre <- mean(c(d$patient, d$therapist))
  d$p <- d$patient - centre
  d$t <- d$therapist - centre
  d
}

# Zou (2013): the variance of a single difference and limits of agreement by MOVER, around a mean
# that has the standard error se. With one session a patient it is the sample variance.
limits <- function(d, mean_gap, se) {
  by_patient <- split(d$gap, d$patient_id)
  m <- lengths(by_patient)
  k <- length(m)
  n <- sum(m)
  harmonic <- k / sum(1 / m)
  between <- var(sapply(by_patient, mean))
  inside <- sum(sapply(by_patient, function(x) sum((x - mean(x))^2)))
  within <- if (n > k) inside / (n - k) else 0
  share <- 1 - 1 / harmonic
  total <- between + share * within
  down <- (between * (1 - (k - 1) / qchisq(0.975, k - 1)))^2
  up <- (between * ((k - 1) / qchisq(0.025, k - 1) - 1))^2
  if (n > k) {
    down <- down + (share * within * (1 - (n - k) / qchisq(0.975, n - k)))^2
    up <- up + (share * within * ((n - k) / qchisq(0.025, n - k) - 1))^2
  }
  low <- sqrt(total - sqrt(down))
  high <- sqrt(total + sqrt(up))
  half <- qnorm(0.975) * se
  s <- sqrt(total)
  wide <- sqrt(half^2 + 1.96^2 * (high - s)^2)
  narrow <- sqrt(half^2 + 1.96^2 * (s - low)^2)
  list(
    sd = c(estimate = s),
    lower = c(estimate = mean_gap - 1.96 * s, ci_low = mean_gap - 1.96 * s - wide,
              ci_high = mean_gap - 1.96 * s + narrow),
    upper = c(estimate = mean_gap + 1.96 * s, ci_low = mean_gap + 1.96 * s - narrow,
              ci_high = mean_gap + 1.96 * s + wide)
  )
}

ccc <- function(x, y) {
  n <- length(x)
  2 * cov(x, y) * (n - 1) / n / ((var(x) + var(y)) * (n - 1) / n + (mean(x) - mean(y))^2)
}

# McGraw & Wong's ICC(A,1) from the mean squares of a two-way analysis of variance.
icc_a1 <- function(x, y) {
  n <- length(x)
  long <- data.frame(value = c(x, y), session = factor(rep(seq_len(n), 2)),
                     rater = factor(rep(1:2, each = n)))
  ms <- anova(lm(value ~ session + rater, long))[["Mean Sq"]]
  (ms[1] - ms[3]) / (ms[1] + ms[3] + 2 * (ms[2] - ms[3]) / n)
}

# ---- single -------------------------------------------------------------------------------------
d <- prepare("single")
n <- nrow(d)

test <- t.test(d$gap)
keep("single", "mean difference",
     from_t(unname(test$estimate), unname(test$stderr), unname(test$parameter)))
found <- limits(d, mean(d$gap), sd(d$gap) / sqrt(n))
keep("single", "sd", found$sd)
keep("single", "lower limit of agreement", found$lower)
keep("single", "upper limit of agreement", found$upper)
keep("single", "proportional bias", combination_lm(lm(gap ~ level, d), c(0, 1)))

icc <- ICC(d[, c("patient", "therapist")], lmer = FALSE)$results
icc <- icc[icc$type == "ICC2", ]
stopifnot(abs(icc$ICC - icc_a1(d$patient, d$therapist)) < 1e-10)
keep("single", "ICC(A,1)", estimate = icc$ICC, ci_low = icc$`lower bound`,
     ci_high = icc$`upper bound`)

# Lin (1989), with the correction of 2000; u is his location shift, r Pearson's correlation.
rho <- ccc(d$patient, d$therapist)
r <- cor(d$patient, d$therapist)
u <- (mean(d$therapist) - mean(d$patient)) /
  sqrt(sd(d$patient) * sd(d$therapist) * (n - 1) / n)
se <- sqrt(((1 - r^2) * rho^2 * (1 - rho^2) / r^2 + 2 * rho^3 * (1 - rho) * u^2 / r -
  rho^4 * u^4 / (2 * r^2)) / (n - 2)) / (1 - rho^2)
keep("single", "CCC", estimate = rho, ci_low = tanh(atanh(rho) - qnorm(0.975) * se),
     ci_high = tanh(atanh(rho) + qnorm(0.975) * se))

test <- cor.test(d$patient, d$therapist)
keep("single", "correlation", estimate = unname(test$estimate), df = unname(test$parameter),
     ci_low = test$conf.int[1], ci_high = test$conf.int[2], p_val = test$p.value)

fit <- lm(judgement ~ truth, d)
keep("single", "directional bias", combination_lm(fit, c(1, 0)))
keep("single", "truth force", combination_lm(fit, c(0, 1)))

fit <- lm(outcome ~ p + t + I(p^2) + I(p * t) + I(t^2), d)
for (name in rownames(surface_weights)) {
  keep("single", name, combination_lm(fit, surface_weights[name, ]))
}

# Jacobson & Truax, for a reliability of .90.
threshold <- 1.96 * sd(d$patient) * sqrt(2 * (1 - 0.90))
beyond <- sum(abs(d$gap) > threshold)
share <- prop.test(beyond, n, correct = FALSE)
keep("single", "reliable change: share beyond", estimate = beyond / n,
     ci_low = share$conf.int[1], ci_high = share$conf.int[2], threshold = threshold)

# Three parts of a whole, only to have alpha of something.
parts <- data.frame(a = d$patient, b = d$therapist, c = d$outcome)
keep("single", "alpha", estimate = suppressWarnings(
  psych::alpha(parts, check.keys = FALSE, warnings = FALSE)$total$raw_alpha))

# ---- repeated -----------------------------------------------------------------------------------
d <- prepare("repeated")
both <- function(formula) {
  fit <- lmer(update(formula, . ~ . + (1 | patient_id) + (1 | therapist_id)), d, control = tight)
  stopifnot(all(as.data.frame(VarCorr(fit))$vcov > 0.05))
  fit
}

mean_gap <- combination_lmer(both(gap ~ 1), 1)
keep("repeated", "mean difference", mean_gap)
found <- limits(d, mean_gap[["estimate"]], mean_gap[["se"]])
keep("repeated", "sd", found$sd)
keep("repeated", "lower limit of agreement", found$lower)
keep("repeated", "upper limit of agreement", found$upper)
keep("repeated", "proportional bias", combination_lmer(both(gap ~ level), c(0, 1)))
fit <- both(judgement ~ truth)
keep("repeated", "directional bias", combination_lmer(fit, c(1, 0)))
keep("repeated", "truth force", combination_lmer(fit, c(0, 1)))
fit <- both(outcome ~ p + t + I(p^2) + I(p * t) + I(t^2))
for (name in rownames(surface_weights)) {
  keep("repeated", name, combination_lmer(fit, surface_weights[name, ]))
}

jackknife <- function(statistic) {
  patients <- unique(d$patient_id)
  k <- length(patients)
  z <- atanh(sapply(patients, function(one) {
    rest <- d[d$patient_id != one, ]
    statistic(rest$patient, rest$therapist)
  }))
  estimate <- statistic(d$patient, d$therapist)
  se <- sqrt((k - 1) / k * sum((z - mean(z))^2))
  half <- qt(0.975, k - 1) * se
  c(estimate = estimate, df = k - 1, ci_low = tanh(atanh(estimate) - half),
    ci_high = tanh(atanh(estimate) + half))
}
keep("repeated", "ICC(A,1)", jackknife(icc_a1))
keep("repeated", "CCC", jackknife(ccc))
keep("repeated", "correlation", jackknife(cor))

# Bland & Altman (2007), where the truth varies, on the largest balanced part: two sessions of
# every patient who has them. There their variance and ours are one.
pairs <- do.call(rbind, lapply(split(d, d$patient_id), function(x) if (nrow(x) > 1) x[1:2, ]))
ms <- anova(lm(gap ~ factor(patient_id), pairs))[["Mean Sq"]]
keep("balanced", "sd", estimate = sqrt((ms[1] - ms[2]) / 2 + ms[2]))

results$value <- formatC(results$value, digits = 15, format = "g")
write.csv(results, file.path(here, "congruence.csv"), row.names = FALSE, quote = 1:3)

cat(R.version.string, "\n")
for (package in c("lme4", "lmerTest", "psych")) {
  cat(package, as.character(packageVersion(package)), "\n")
}
