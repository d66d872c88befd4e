import { expect } from 'chai';
import { metricsReply, metricsReplyOfAll } from './metrics-reply.js';

describe('the figures of a foreign provisioner', () => {
  it('are numbers, also where they are printed as text, and −1 where they are missing', () => {
    const figures = metricsReply(
      '{"state":"running","cpu_percent":"12.5","cpu_count":2,"guest_agent_responsive":true}',
    );
    expect(figures).to.include({
      state: 'running',
      cpuPercent: 12.5,
      cpuCount: 2,
      guestAgentResponsive: true,
    });
    expect(figures).to.include({ netConnections: -1, diskUsedMb: -1, uptimeSeconds: -1 });
  });

  it('call a state they do not know unknown', () => {
    expect(metricsReply('{"state":"dreaming"}')).to.include({ state: 'unknown', cpuPercent: -1 });
  });

  it('are none when the reply is no object', () => {
    for (const text of ['', 'null', '[]', '7', 'cpu 5']) expect(metricsReply(text), text).to.equal(null);
  });

  it('are those of every VM by its name, without entries that are none', () => {
    const all = metricsReplyOfAll('{"a":{"state":"running"},"__proto__":{"cpu_percent":7},"b":null,"c":[1]}');
    expect([...(all ?? [])].map(([name, { cpuPercent }]) => [name, cpuPercent])).to.deep.equal([
      ['a', -1],
      ['__proto__', 7],
    ]);
    for (const text of ['', 'null', '[]']) expect(metricsReplyOfAll(text), text).to.equal(null);
  });
});
