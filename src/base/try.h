// Early return on an error: std::expected of gcc 12 has no monadic operations.
#pragma once

#include <utility>

#define XDSCOPE_CONCAT_INNER(a, b) a##b
#define XDSCOPE_CONCAT(a, b) XDSCOPE_CONCAT_INNER(a, b)

// Returns the error of `expr` from the enclosing function, if it has one.
#define XDSCOPE_TRY(expr)                                        \
  do {                                                           \
    if (auto xdscope_result = (expr); !xdscope_result) {         \
      return std::unexpected(std::move(xdscope_result).error()); \
    }                                                            \
  } while (false)

// Declares or assigns `target` from the value of `expr`, or returns its error.
#define XDSCOPE_TRY_ASSIGN(target, expr) \
  XDSCOPE_TRY_ASSIGN_INNER(XDSCOPE_CONCAT(xdscope_result_, __LINE__), target, expr)
#define XDSCOPE_TRY_ASSIGN_INNER(tmp, target, expr)         \
  auto tmp = (expr);                                        \
  if (!tmp) return std::unexpected(std::move(tmp).error()); \
  target = std::move(*tmp)
