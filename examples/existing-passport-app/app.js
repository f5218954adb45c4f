'use strict';

/** A host that had Passport before latchkey: its staff keep their own tokens, customers get API keys. */
const express = require('express');
const { Passport } = require('passport');
const { Strategy: BearerStrategy } = require('passport-http-bearer');
const { apiKeyErrors } = require('latchkey');

/** Makes the app. `staff` maps the tokens of the staff, which the host issues elsewhere, to users. */
function createApp({ keys, staff }) {
  const passport = new Passport();

  // What the host had.
  passport.use('staff', new BearerStrategy((token, done) => done(null, staff.get(token) ?? false)));

  // What is new: one strategy a kind of key, each by its name.
  for (const strategy of keys.strategies) passport.use(strategy.name, strategy);
  const names = ['staff', ...keys.strategies.map(({ name }) => name)];
  const authenticate = passport.authenticate(names, { session: false, failWithError: true });

  const app = express();
  app.get('/health', (_req, res) => res.json({ ok: true }));
  app.use(authenticate);
  app.get('/whoami', (req, res) => {
    res.json(req.apiKey ? { key: req.apiKey.name, owner: req.user.ownerId } : { staff: req.user.name });
  });
  app.get('/reports', staffOr(keys.requireScope('reports:read')), (_req, res) => res.json({ reports: [] }));
  app.delete('/reports/:id', staffOr(keys.requireScope('reports:delete')), (req, res) => {
    res.json({ deleted: req.params.id });
  });
  // Last: refusals as JSON. Errors that are not latchkey's go on to the host's own handler.
  app.use(apiKeyErrors());
  return app;
}

/** Guards speak of keys: staff, who have none, pass by the host's own rule. */
function staffOr(guard) {
  return (req, res, next) => (req.user.role === 'staff' ? next() : guard(req, res, next));
}

module.exports = { createApp };
