/** An open ring with CQE bars in it. */
export function Logo() {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M16.9 12.6A7.4 7.4 0 1 1 17 7.6" fill="none" stroke="var(--arm)" strokeWidth="2.2" strokeLinecap="round" />
      <path d="M7.2 12V8.6M10 12V5.6M12.8 12V9.4" stroke="var(--data)" strokeWidth="2" />
    </svg>
  );
}
