// Threads for operations of our own: TensorFlow's C interface lends its own to none.
#pragma once

#include <immintrin.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace roarbook {

class Workers {
 public:
  // As many threads as an operation of TensorFlow's may use, the calling one included. They live as long as the process.
  static Workers &Shared() {
    static Workers &workers = *new Workers(Threads());
    return workers;
  }

  int threads() const { return threads_; }

  // Calls the function with 0 … count − 1, each once, in any order and in several threads, and returns when all are done.
  void Run(int64_t count, const std::function<void(int64_t)> &function) {
    const auto job = std::make_shared<Job>(count, &function);
    if (count > 1 && threads_ > 1) {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(job);
      pushed_++;
      changed_.notify_all();
    }
    Help(*job);
    Soon([&] { return job->done == count; });
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [&] { return job->done == count; });
  }

 private:
  struct Job {
    const int64_t count;
    const std::function<void(int64_t)> *const function;
    std::atomic<int64_t> next{0}, done{0};
    Job(int64_t count, const std::function<void(int64_t)> *function) : count(count), function(function) {}
  };

  explicit Workers(int threads) : threads_(threads) {
    for (int i = 1; i < threads; i++) std::thread([this] { Work(); }).detach();
  }

  static int Threads() {
    const char *given = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int number = given ? std::atoi(given) : 0;
    return number > 0 ? number : std::max(1u, std::thread::hardware_concurrency());
  }

  // Takes part in a job until none of its calls is left to begin.
  void Help(Job &job) {
    int64_t finished = 0;
    for (int64_t i; (i = job.next++) < job.count; finished++) (*job.function)(i);
    if (finished == 0 || (job.done += finished) < job.count) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    done_.notify_all();
  }

  // Looks for a moment whether the condition comes true: to wake a thread takes as long as many a small operation.
  template <typename Condition>
  static void Soon(const Condition &condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
    while (!condition() && std::chrono::steady_clock::now() < end) __builtin_ia32_pause();
  }

  void Work() {
    // Denormal numbers are 0, as in TensorFlow's threads.
    _mm_setcsr(_mm_getcsr() | 0x8040);
    for (std::unique_lock<std::mutex> lock(mutex_);;) {
      if (jobs_.empty()) {
        const uint64_t pushed = pushed_;
        lock.unlock();
        Soon([&] { return pushed_ != pushed; });
        lock.lock();
      }
      changed_.wait(lock, [&] { return !jobs_.empty(); });
      const std::shared_ptr<Job> job = jobs_.front();
      if (job->next >= job->count) {
        jobs_.pop_front();
        continue;
      }
      lock.unlock();
      Help(*job);
      lock.lock();
    }
  }

  const int threads_;
  std::mutex mutex_;
  std::condition_variable changed_, done_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::atomic<uint64_t> pushed_{0};
};

}  // namespace roarbook
