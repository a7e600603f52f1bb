# Reference results for the mixed model, frozen in mixed.json beside this file.
#
# Run from anywhere: Rscript tests/statistics/reference/mixed.R
# Debian: r-base-core r-cran-lme4 r-cran-lmertest r-cran-nlme r-cran-numderiv r-cran-jsonlite
#
# nested, crossed, boundary  lme4 by REML; Satterthwaite by lmerTest::contest1D.
# groups                     Welch's t-test for each pair, one-sample t-test for each group, and
#                            nlme::gls with a variance per group; the rest against a group by
#                            Welch's formula for several means.
# heteroscedastic            nlme::lme with a residual variance per condition for the estimates;
#                            lmerTest cannot fit it, so the degrees of freedom are computed here:
#                            Satterthwaite's 2 v^2 / Var(v) with the variances' covariance from
#                            the numerical Hessian of the REML deviance (numDeriv). The same code
#                            must first give lmerTest's figures on nested and crossed, and lme's
#                            estimates here, or the script stops.
#
# The optimisers are run far tighter than their defaults, so that the digits are the model's.

suppressMessages({
  library(lme4)
  library(lmerTest)
  library(nlme)
  library(numDeriv)
  library(jsonlite)
})

here <- dirname(normalizePath(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))))

read_set <- function(name) {
  data <- read.csv(file.path(here, paste0("mixed_", name, ".csv")))
  data$condition <- factor(data$condition)
  data
}

# Each condition's mean, each pair's difference, each condition against all other sessions.
contrast_weights <- function(condition) {
  groups <- levels(condition)
  n <- as.vector(table(condition))
  means <- diag(length(groups))
  weights <- lapply(seq_along(groups), function(i) means[i, ])
  names(weights) <- groups
  for (i in seq_along(groups)) {
    for (j in seq_along(groups)) {
      if (i < j) weights[[paste(groups[i], "-", groups[j])]] <- means[i, ] - means[j, ]
    }
  }
  for (i in seq_along(groups)) {
    rest <- n
    rest[i] <- 0
    weights[[paste(groups[i], "- rest")]] <- means[i, ] - rest / sum(rest)
  }
  weights
}

contrast_row <- function(weights, estimate, se, df) {
  half <- qt(0.975, df) * se
  list(
    weights = weights, estimate = estimate, se = se, df = df,
    ci_low = estimate - half, ci_high = estimate + half,
    p_val = 2 * pt(-abs(estimate / se), df)
  )
}

# Satterthwaite from the REML deviance, written out --------------------------------------------

# v: variances, one per random factor and then one per residual stratum.
reml_parts <- function(v, data, factors, strata) {
  x <- model.matrix(~ 0 + condition, data)
  sigma <- diag(v[length(factors) + strata])
  for (i in seq_along(factors)) {
    sigma <- sigma + v[i] * outer(data[[factors[i]]], data[[factors[i]]], "==")
  }
  root <- chol(sigma)
  xs <- backsolve(root, x, transpose = TRUE)
  ys <- backsolve(root, data$gap, transpose = TRUE)
  precision <- crossprod(xs)
  beta <- drop(solve(precision, crossprod(xs, ys)))
  list(
    beta = beta, covariance = solve(precision),
    deviance = 2 * sum(log(diag(root))) + as.vector(determinant(precision)$modulus) +
      sum((ys - xs %*% beta)^2)
  )
}

reml_fit <- function(start, data, factors, strata) {
  deviance <- function(v) reml_parts(v, data, factors, strata)$deviance
  v <- start
  for (step in 1:20) {
    slope <- grad(deviance, v)
    if (max(abs(slope)) < 1e-6) break
    v <- v - solve(hessian(deviance, v), slope)
  }
  stopifnot(max(abs(slope)) < 1e-6, all(v > 0))
  # deviance is -2 log likelihood, so the variances' covariance is 2 / Hessian
  c(reml_parts(v, data, factors, strata), list(v = v, vcov = 2 * solve(hessian(deviance, v))))
}

reml_contrast <- function(weights, fit, data, factors, strata) {
  variance <- function(v) {
    drop(weights %*% reml_parts(v, data, factors, strata)$covariance %*% weights)
  }
  slope <- grad(variance, fit$v)
  df <- 2 * variance(fit$v)^2 / drop(slope %*% fit$vcov %*% slope)
  contrast_row(weights, sum(weights * fit$beta), sqrt(variance(fit$v)), df)
}

# One residual variance: lme4 and lmerTest -------------------------------------------------------

one_residual <- function(name, has_boundary = FALSE) {
  data <- read_set(name)
  tight <- lmerControl(
    optimizer = "bobyqa", optCtrl = list(rhobeg = 0.1, rhoend = 1e-10, maxfun = 1e5)
  )
  model <- lmerTest::lmer(
    gap ~ 0 + condition + (1 | therapist_id) + (1 | patient_id), data,
    REML = TRUE, control = tight
  )
  components <- as.data.frame(VarCorr(model))
  variances <- setNames(components$vcov, components$grp)
  rows <- lapply(contrast_weights(data$condition), function(weights) {
    test <- lmerTest::contest1D(model, weights, confint = TRUE)
    list(
      weights = weights, estimate = test[["Estimate"]], se = test[["Std. Error"]],
      df = test[["df"]], ci_low = test[["lower"]], ci_high = test[["upper"]],
      p_val = test[["Pr(>|t|)"]]
    )
  })
  if (has_boundary) {
    stopifnot(variances[["therapist_id"]] == 0)
    # A variance at zero takes no part in the degrees of freedom: lmerTest's are those of the
    # model without that factor.
    without <- lmerTest::lmer(gap ~ 0 + condition + (1 | patient_id), data, control = tight)
    for (row in rows) {
      test <- lmerTest::contest1D(without, row$weights)
      stopifnot(all.equal(test[["df"]], row$df, tolerance = 1e-6))
    }
  } else {
    factors <- c("patient_id", "therapist_id")
    strata <- rep(1, nrow(data))
    fit <- reml_fit(unname(variances[c(factors, "Residual")]), data, factors, strata)
    for (row in rows) {
      own <- reml_contrast(row$weights, fit, data, factors, strata)
      stopifnot(all.equal(own[c("estimate", "se")], row[c("estimate", "se")], tolerance = 1e-6))
      stopifnot(all.equal(own$df, row$df, tolerance = 1e-4))
    }
  }
  list(
    conditions = levels(data$condition), coefficients = unname(fixef(model)),
    covariance = unname(as.matrix(vcov(model))),
    variances = list(
      patient = variances[["patient_id"]], therapist = variances[["therapist_id"]]
    ),
    residuals = variances[["Residual"]],
    log_likelihood = as.vector(logLik(model)),
    contrasts = rows
  )
}

# A residual variance per condition ---------------------------------------------------------------

heteroscedastic <- function() {
  data <- read_set("heteroscedastic")
  model <- nlme::lme(
    gap ~ 0 + condition,
    random = ~ 1 | therapist_id / patient_id, weights = varIdent(form = ~ 1 | condition),
    data = data, method = "REML",
    control = lmeControl(
      tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 500, niterEM = 200,
      opt = "nlminb"
    )
  )
  components <- nlme::VarCorr(model)
  between <- as.numeric(components[grep("Intercept", rownames(components)), "Variance"])
  ratio <- coef(model$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  residuals <- (model$sigma * ratio[levels(data$condition)])^2
  factors <- c("patient_id", "therapist_id")
  strata <- as.integer(data$condition)
  fit <- reml_fit(c(rev(between), unname(residuals)), data, factors, strata)
  # The Newton steps sharpen nlminb's last digits; they must not go elsewhere.
  stopifnot(all.equal(fit$beta, unname(nlme::fixef(model)), tolerance = 1e-5, check.names = FALSE))
  stopifnot(all.equal(
    sqrt(diag(fit$covariance)), sqrt(diag(vcov(model))),
    tolerance = 1e-5, check.attributes = FALSE
  ))
  stopifnot(all.equal(fit$v, c(rev(between), unname(residuals)), tolerance = 1e-3))
  list(
    conditions = levels(data$condition), coefficients = unname(fit$beta),
    covariance = unname(fit$covariance),
    variances = list(patient = fit$v[1], therapist = fit$v[2]), residuals = fit$v[-(1:2)],
    lme = list(
      coefficients = unname(nlme::fixef(model)), se = unname(sqrt(diag(vcov(model)))),
      variances = list(patient = between[2], therapist = between[1]),
      residuals = unname(residuals), log_likelihood = as.vector(logLik(model))
    ),
    contrasts = lapply(
      contrast_weights(data$condition), reml_contrast, fit, data, factors, strata
    )
  )
}

# No clusters -------------------------------------------------------------------------------------

no_clusters <- function() {
  data <- read_set("groups")
  groups <- split(data$gap, data$condition)
  n <- lengths(groups)
  square <- sapply(groups, var) / n
  test_row <- function(weights, test) {
    list(
      weights = weights,
      estimate = test$estimate[[1]] - if (length(test$estimate) > 1) test$estimate[[2]] else 0,
      se = test$stderr, df = test$parameter[["df"]],
      ci_low = test$conf.int[1], ci_high = test$conf.int[2], p_val = test$p.value
    )
  }
  rows <- lapply(contrast_weights(data$condition), function(weights) {
    used <- which(weights != 0)
    if (length(used) == 1) {
      return(test_row(weights, t.test(groups[[used]])))
    }
    if (length(used) == 2) {
      return(test_row(weights, t.test(groups[[used[1]]], groups[[used[2]]])))
    }
    part <- weights^2 * square
    contrast_row(
      weights, sum(weights * sapply(groups, mean)), sqrt(sum(part)),
      sum(part)^2 / sum(part^2 / (n - 1))
    )
  })
  model <- nlme::gls(
    gap ~ 0 + condition,
    data = data, weights = varIdent(form = ~ 1 | condition), method = "REML",
    control = glsControl(tolerance = 1e-12, msTol = 1e-14, maxIter = 500, msMaxIter = 500)
  )
  ratio <- coef(model$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE)
  list(
    conditions = levels(data$condition), coefficients = unname(coef(model)),
    covariance = unname(vcov(model)),
    residuals = unname((model$sigma * ratio[levels(data$condition)])^2),
    contrasts = rows
  )
}

packages <- c("lme4", "lmerTest", "nlme", "numDeriv", "jsonlite")
results <- list(
  made_with = c(
    list(R = R.version.string),
    lapply(setNames(packages, packages), function(p) as.character(packageVersion(p)))
  ),
  nested = one_residual("nested"),
  crossed = one_residual("crossed"),
  boundary = one_residual("boundary", has_boundary = TRUE),
  groups = no_clusters(),
  heteroscedastic = heteroscedastic()
)
write_json(
  results, file.path(here, "mixed.json"),
  digits = I(10), auto_unbox = TRUE, pretty = 2, matrix = "rowmajor"
)
