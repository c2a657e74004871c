// Errors as values: every fallible operation of the library returns a Result.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace xdscope {

// The class of a failure; it decides the exit status of the command line (see ExitCode).
enum class ErrorCode {
  kUsage,         // the caller asked for something that cannot be
  kInput,         // the input cannot be read, or is no Envoy configuration
  kFetch,         // a proxy could not be reached or did not answer as an admin port does
  kMissing,       // the input is sound, but does not hold what was asked for
  kEmptySection,  // the section asked for is there and holds nothing
  kInternal,      // a fault of xdscope's own
};

// What went wrong (`message`), where (`where`: a file or URL, with line and column or a JSON
// pointer where there is one) and what to do next (`hint`). `where` and `hint` may be empty.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string where = {};
  std::string hint = {};
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string where = {},
                                   std::string hint = {}) {
  return std::unexpected<Error>(Error{code, std::move(message), std::move(where), std::move(hint)});
}

}  // namespace xdscope
