/** How the network that sounds are measured with hears them: 0.93 s as 64 mel bands by 64 moments. It does not depend on the format of the model that is measured. */
export const AUDIO_FORMAT = {
  sampleRate: 22_050,
  window: 1024,
  hop: 320,
  bands: 64,
  frames: 64,
} as const;
