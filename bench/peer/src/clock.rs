//! CPU time and memory of this process.

/// CPU-seconds of all threads of this process, user and system (POSIX `CLOCK_PROCESS_CPUTIME_ID`).
pub fn cpu_seconds() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call fills the struct that it is handed and keeps nothing.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut now) };
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// The most memory this process held (`ru_maxrss`, KiB on Linux).
pub fn peak_rss_kib() -> i64 {
    // SAFETY: all-zero is a valid rusage, and getrusage fills it.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    usage.ru_maxrss
}

#[derive(Default)]
pub struct Stage {
    pub seconds: f64,
}

impl Stage {
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let before = cpu_seconds();
        let out = work();
        self.seconds += cpu_seconds() - before;
        out
    }
}
