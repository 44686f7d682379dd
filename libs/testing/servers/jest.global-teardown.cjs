// Stops what jest.global-setup.cjs started, in the same process.
module.exports = async () => {
  await globalThis.banyanTestServers?.stop();
};
