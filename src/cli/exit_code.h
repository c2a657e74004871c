// The only place with exit numbers.
#pragma once

#include "xdscope/error.h"

namespace xdscope::cli {

enum ExitCode : int {
  kExitOk = 0,        // nothing to report
  kExitFindings = 1,  // findings at or above the threshold, a failed test or expectation
  kExitUsage = 2,     // wrong usage
  kExitInput = 3,  // the input cannot be read, is no Envoy configuration, or lacks what was asked
  kExitFetch = 4,  // it could not be fetched
  kExitInternal = 5,  // a fault of xdscope's own
};

inline ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
      return kExitUsage;
    case ErrorCode::kInput:
    case ErrorCode::kMissing:
    case ErrorCode::kEmptySection:
      return kExitInput;
    case ErrorCode::kFetch:
      return kExitFetch;
    case ErrorCode::kInternal:
      break;
  }
  return kExitInternal;
}

}  // namespace xdscope::cli
