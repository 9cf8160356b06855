/** The buffer group now. */
export { BuffersPanel, type BuffersPanelProps } from './Lens.tsx';
