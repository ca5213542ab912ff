// The binding that Node loads: it loads the real one, which is linked with TensorFlow, from the file beside it. TensorFlow prints
// while its library is being loaded, before it reads its own log level, and only what happens before that can keep it quiet.
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

// Keeps the standard error stream silent while it lives, unless TensorFlow's log level asks for everything.
class Silence {
 public:
  Silence() {
    const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
    if (level == nullptr || std::atoi(level) < 1) return;
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return;
    saved_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (saved_ >= 0) dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  ~Silence() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }

 private:
  int saved_ = -1;
};

std::string FolderOfThisFile() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void *>(&FolderOfThisFile), &info) == 0) return ".";
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

}  // namespace

NAPI_MODULE_INIT() {
  const Silence silence;
  const std::string path = FolderOfThisFile() + "/tfjs_tensorflow.so";
  void *library = dlopen(path.c_str(), RTLD_NOW);
  void *init = library == nullptr ? nullptr : dlsym(library, "napi_register_module_v1");
  if (init == nullptr) {
    napi_throw_error(env, nullptr, dlerror());
    return nullptr;
  }
  return reinterpret_cast<napi_value (*)(napi_env, napi_value)>(init)(env, exports);
}
