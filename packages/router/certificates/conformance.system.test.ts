import { connect } from 'node:tls';
import { certificateTableConformance, makeCertificate } from '@jangada/conformance';
import { ask } from '../testing/client.ts';
import { startRealRouter } from '../testing/real-router.ts';

const platform = makeCertificate({ names: ['platform.test'] });

certificateTableConformance('the router', async () => {
  const real = await startRealRouter({ certificate: platform });
  return {
    table: real.router,
    certificateFor: (hostname) => shownTo(real.tlsPort, hostname),
    async challengeAnswer(token) {
      const answer = await ask(real.port, 'any.test', { path: `/.well-known/acme-challenge/${token}` });
      return answer.status === 200 ? answer.body : null;
    },
    close: real.close,
  };
});

/** PEM of the certificate that a client gets; null for the platform's own. */
function shownTo(port: number, servername: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      resolve(certificate?.subjectAltName === 'DNS:platform.test' ? null : String(certificate));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
